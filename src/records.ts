/** Every query; the only file that talks to the model. It knows records, and nothing of sessions. */
import type { UpdateQuery } from 'mongoose'
import type { StoreConnection } from './connection'
import { serverCodeOf } from './errors'
import { liveFilter } from './expiry'
import type { SessionModel, SessionRecord } from './model'
import type { ResolvedOptions } from './options'

export type Fields = Record<string, unknown>

/** A record as it was found. */
export interface FoundRecord {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
  /** `session` once more, decoded afresh from what came over the wire. */
  readonly again: () => unknown
}

/** What is to be written to the data: all of it, or some of its top-level keys. */
export interface RecordUpdate {
  readonly expires: Date
  readonly session?: unknown
  readonly set?: Fields
  readonly unset?: readonly string[]
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** What jongodb answers in place of 28. */
const BAD_VALUE = 14

/**
 * For every query: operators that are ours to use, and no transaction of the app's (Mongoose's types
 * do not know that `session: null` opts out of `transactionAsyncLocalStorage`).
 */
const OPTIONS = { session: null, sanitizeFilter: false } as { sanitizeFilter: false }

/** Fixed, since an app's settings could make `get` return what `JSON.stringify` refuses. */
const DESERIALIZE = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: true,
  useBigInt64: false,
} as const

/**
 * Passes through Mongoose's casting by reference. Casting would copy the payload, and leave out what
 * its copies have no form for; the driver asks for `toBSON`.
 */
class AsIs {
  constructor(readonly value: unknown) {}
  toBSON(): unknown {
    return this.value
  }
}

/** @internal */
export class Records {
  readonly #model: SessionModel
  readonly #options: ResolvedOptions
  readonly #link: StoreConnection
  readonly #bson

  constructor(model: SessionModel, options: ResolvedOptions, link: StoreConnection) {
    this.#model = model
    this.#link = link
    this.#options = options
    this.#bson = model.base.mongo.BSON
  }

  /** The record, live or not: the caller's clock tells. */
  async find(sid: string): Promise<FoundRecord | null> {
    if (!this.#link.isOpen()) await this.#link.ready()
    const bytes = (await this.#model.findOne(this.#by(sid), null, {
      ...OPTIONS,
      lean: true,
      raw: true,
    })) as Uint8Array | null
    if (!bytes) return null
    const fields = this.#bson.deserialize(bytes, DESERIALIZE)
    // A copy: the Buffers among the fields are views of the bytes, which the app may write to
    const kept = Buffer.from(bytes)
    return this.#recordFrom(fields, () => this.#bson.deserialize(kept, DESERIALIZE).session)
  }

  /** Every live record. */
  async *live(now: number): AsyncGenerator<FoundRecord> {
    if (!this.#link.isOpen()) await this.#link.ready()
    const filter = liveFilter(this.#options.expiresKey, now)
    const options = { ...OPTIONS, ...DESERIALIZE, lean: true }
    for await (const document of this.#model.find(filter, null, options).cursor()) {
      yield this.#recordFrom(document as unknown as Fields, () => document.session)
    }
  }

  /** Writes the record, whether or not there is one. */
  async upsert(sid: string, update: RecordUpdate): Promise<void> {
    if (!this.#link.isOpen()) await this.#link.ready()
    const upsert = () =>
      this.#model.updateOne(this.#by(sid), this.#updateFrom(update), { ...OPTIONS, upsert: true })
    try {
      await upsert()
    } catch (error) {
      // Two inserts of one sid at once: the one that lost finds the record now
      if (serverCodeOf(error) !== DUPLICATE_KEY) throw error
      await upsert()
    }
  }

  /**
   * Writes to a record that is there and meets `condition`; where there is none, that is no error.
   * @returns false where the stored `session` has no keys to write to, being no object
   */
  async update(sid: string, update: RecordUpdate, condition: Fields): Promise<boolean> {
    if (!this.#link.isOpen()) await this.#link.ready()
    try {
      const filter = { ...this.#by(sid), ...condition }
      await this.#model.updateOne(filter, this.#updateFrom(update), OPTIONS)
      return true
    } catch (error) {
      const code = serverCodeOf(error)
      if (update.set && (code === PATH_NOT_VIABLE || code === BAD_VALUE)) return false
      throw error
    }
  }

  async remove(sid: string): Promise<void> {
    if (!this.#link.isOpen()) await this.#link.ready()
    await this.#model.deleteOne(this.#by(sid), OPTIONS)
  }

  async removeAll(): Promise<void> {
    if (!this.#link.isOpen()) await this.#link.ready()
    await this.#model.deleteMany({}, OPTIONS)
  }

  /** Removes what expired, `expiresAfterSeconds` after it did, as a TTL index would. */
  async removeExpired(now: number): Promise<number> {
    const { expiresKey, expiresAfterSeconds } = this.#options
    const before = new Date(now - expiresAfterSeconds * 1000)
    const filter: Fields = { [expiresKey]: { $lte: before } }
    return (await this.#model.deleteMany(filter, OPTIONS)).deletedCount
  }

  async countLive(now: number): Promise<number> {
    if (!this.#link.isOpen()) await this.#link.ready()
    return this.#model.countDocuments(liveFilter(this.#options.expiresKey, now), OPTIONS).exec()
  }

  /** How a value is stored, as bytes to compare. */
  bytesOf(value: unknown): Uint8Array {
    return this.#bson.serialize({ v: value })
  }

  #recordFrom(fields: Fields, again: () => unknown): FoundRecord {
    const { idField, expiresKey } = this.#options
    return {
      sid: fields[idField] as string,
      session: fields.session,
      expires: fields[expiresKey],
      again,
    }
  }

  #updateFrom({ expires, session, set, unset }: RecordUpdate): UpdateQuery<SessionRecord> {
    const $set: Fields = { [this.#options.expiresKey]: expires }
    if (session !== undefined) $set.session = new AsIs(session)
    for (const key in set) $set[`session.${key}`] = new AsIs(set[key])
    if (!unset || unset.length === 0) return { $set }
    return { $set, $unset: Object.fromEntries(unset.map((key) => [`session.${key}`, ''])) }
  }

  #by(sid: string): Fields {
    return { [this.#options.idField]: sid }
  }
}
