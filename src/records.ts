/** Every record that is read or written; it knows nothing of sessions. */
import { Batcher, type Outcome } from './batching'
import { CollectionQueries } from './collection-queries'
import type { StoreConnection } from './connection'
import { serverCodeOf } from './errors'
import { liveFilter } from './expiry'
import { type FoundRecord, FoundRecords } from './found-record'
import { hasOwnIdeas, needsMongoose, pathOf } from './middleware'
import type { SessionModel } from './model'
import { ModelQueries } from './model-queries'
import { MAX_DOCUMENT_BYTES, notStorable, tooLarge } from './payload'
import type { Fields, Queries, Write } from './queries'
import type { ResolvedOptions } from './resolved-options'
import { canHave, type SchemaPaths } from './schema-paths'
import { alone, Sending } from './sending'
import { StoredValues } from './stored-values'

/** What is to be written to the data: all of it, or what some paths name. */
export interface RecordUpdate {
  readonly expires: Date
  readonly session?: unknown
  /** The app's own fields; `undefined` removes one. */
  readonly fields?: Fields | undefined
  /** By path within the record. */
  readonly set?: Fields
  readonly unset?: readonly string[]
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** What jongodb answers in place of 28. */
const BAD_VALUE = 14
/** What was sent, what an update would make, and what an upsert would make is over 16 MiB. */
const TOO_LARGE = [10334, 17419, 17420]

/** In characters; those of express-session have 32. */
const LONG_SID = 1024

/** What the server adds where the sid is in another field: an element `_id`. */
const OBJECT_ID_BYTES = 17

/** @internal */
export class Records {
  readonly #options: ResolvedOptions
  readonly #sending: Sending
  readonly #schema: SchemaPaths
  /** For what is about many records, and for the app's own filters, which Mongoose casts. */
  readonly #asked: ModelQueries
  readonly #queries: Queries
  readonly #bson: SessionModel['base']['mongo']['BSON']
  readonly #found: FoundRecords
  /** What is stored, and what would be, to be compared. */
  readonly values: StoredValues
  /** How long an operation may take, in milliseconds; before the connection is open, by default. */
  readonly timeLimit: () => number
  /** Whether the keys of `session` can be written one by one: the app's schema asks for none of it whole. */
  readonly takesPaths: boolean
  readonly #find: (sid: string) => Promise<Uint8Array | Fields | null>
  readonly #write: (write: Write) => Promise<unknown>

  constructor(model: SessionModel, options: ResolvedOptions, link: StoreConnection) {
    this.#options = options
    this.#sending = new Sending(link)
    this.timeLimit = this.#sending.timeLimit
    this.#schema = model.schema as unknown as SchemaPaths
    this.#asked = new ModelQueries(model, options)
    this.#queries = needsMongoose(model, options) ? this.#asked : new CollectionQueries(model)
    this.#bson = model.base.mongo.BSON
    this.#found = new FoundRecords(model, options)
    this.values = new StoredValues(model)
    this.takesPaths = !hasOwnIdeas(pathOf(model, 'session'))
    if (options.batch && this.#queries.canBatch) {
      const { maxSize } = options.batch
      const reads = new Batcher(maxSize, this.#findOne, this.#findMany)
      // A bulk write sends each kind by a command of its own, one after the other: these go side by
      // side, and the failure of one is not the other's
      const updates = new Batcher(maxSize, this.#writeOne, this.#writeMany)
      const removals = new Batcher(maxSize, this.#writeOne, this.#writeMany)
      // Many long ones are too large for one command, where a bulk write is split by the driver
      this.#find = (sid) => (sid.length > LONG_SID ? alone(this.#findOne(sid)) : reads.add(sid))
      this.#write = (write) => ('remove' in write ? removals : updates).add(write)
    } else {
      this.#find = (sid) => alone(this.#findOne(sid))
      this.#write = (write) => alone(this.#writeOne(write))
    }
  }

  /** The record, live or not: the caller's clock tells. */
  async find(sid: string): Promise<FoundRecord | null> {
    const found = await this.#find(sid)
    const record = found && this.#found.recordFrom(found)
    // A list that holds the sid, or one that is the same by the collection's collation, is another's
    return record && record.sid === sid ? record : null
  }

  /** Every live record. */
  async *live(now: number): AsyncGenerator<FoundRecord> {
    const filter = liveFilter(this.#options.expiresKey, now)
    const all = this.#sending.sendAll(() => this.#queries.list(filter))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  /** Writes the record, whether or not there is one. */
  async upsert(sid: string, update: RecordUpdate): Promise<void> {
    const write = { filter: this.#by(sid), update: this.#updateFrom(update), upsert: true }
    try {
      await this.#write(write)
    } catch (error) {
      // Two inserts of one sid at once: the one that lost finds the record now
      if (serverCodeOf(error) !== DUPLICATE_KEY) throw refusalOf(error)
      await this.#write(write)
    }
  }

  /**
   * Writes to a record that is there and meets `condition`; where there is none, that is no error.
   * @returns false where the stored `session` has no keys to write to, being no object
   */
  async update(sid: string, update: RecordUpdate, condition: Fields): Promise<boolean> {
    const filter = { ...this.#by(sid), ...condition }
    const write = { filter, update: this.#updateFrom(update), upsert: false }
    try {
      await this.#write(write)
      return true
    } catch (error) {
      const code = serverCodeOf(error)
      if (update.set && (code === PATH_NOT_VIABLE || code === BAD_VALUE)) return false
      throw refusalOf(error)
    }
  }

  async remove(sid: string): Promise<void> {
    // In another field, the index that keeps it unique may be missing
    await this.#write({ remove: this.#by(sid), isOne: this.#options.idField === '_id' })
  }

  async removeAll(): Promise<void> {
    await this.#sending.sendAboutMany(() => this.#asked.removeAll({}))
  }

  /** Removes what had expired by then, as a TTL index would. */
  removeExpired(by: number): Promise<number> {
    const filter = { [this.#options.expiresKey]: { $lte: new Date(by) } }
    return this.#sending.sendAboutMany(() => this.#asked.removeAll(filter))
  }

  async countLive(now: number): Promise<number> {
    const filter = liveFilter(this.#options.expiresKey, now)
    return this.#sending.sendAboutMany(() => this.#asked.count(filter))
  }

  /** Every live record that matches the app's filter. */
  async *matching(filter: Fields, now: number): AsyncGenerator<FoundRecord> {
    const live = liveFilter(this.#options.expiresKey, now)
    const all = this.#sending.sendAll(() => this.#asked.listMatching(filter, live))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  /** Removes every record that matches the app's filter; resolves to how many. */
  removeMatching(filter: Fields): Promise<number> {
    return this.#sending.sendAboutMany(() => this.#asked.removeMatching(filter))
  }

  /** Whether a filter of the app's can name it: a field of the schema, or a part of one. */
  readonly hasField = (path: string): boolean => canHave(this.#schema, path)

  /** Whether the record would be over MongoDB's limit. */
  isTooLarge(sid: string, { expires, session, fields }: RecordUpdate): boolean {
    const { idField, expiresKey } = this.#options
    const record = { ...fields, [idField]: sid, [expiresKey]: expires, session }
    const ownId = idField === '_id' ? 0 : OBJECT_ID_BYTES
    return this.#bson.calculateObjectSize(record) + ownId > MAX_DOCUMENT_BYTES
  }

  // Not async, where it can be helped: each promise is a measurable part of an operation

  readonly #findOne = (sid: string): Promise<Uint8Array | Fields | null> =>
    this.#sending.send(() => this.#queries.find(this.#by(sid)))

  readonly #writeOne = (write: Write): Promise<unknown> =>
    this.#sending.send(() => this.#queries.write(write))

  readonly #findMany = async (
    sids: readonly string[],
  ): Promise<Outcome<Uint8Array | Fields | null>[]> => {
    const filter = { [this.#options.idField]: { $in: [...new Set(sids)] } }
    const bySid = new Map<string, Uint8Array | Fields>()
    for (const found of await this.#sending.send(() =>
      this.#queries.findMany(filter, sids.length),
    )) {
      bySid.set(this.#found.sidOf(found), found)
    }
    return sids.map((sid) => ({ value: bySid.get(sid) ?? null }))
  }

  readonly #writeMany = (writes: readonly Write[]): Promise<Outcome<unknown>[]> =>
    this.#sending.send(() => this.#queries.writeMany(writes))

  #updateFrom({ expires, session, fields, set, unset }: RecordUpdate): Fields {
    const $set: Fields = { [this.#options.expiresKey]: expires, ...set }
    if (session !== undefined) $set.session = session
    const removed = [...(unset ?? [])]
    for (const name in fields) {
      if (fields[name] === undefined) removed.push(name)
      else $set[name] = fields[name]
    }
    if (removed.length === 0) return { $set }
    return { $set, $unset: Object.fromEntries(removed.map((path) => [path, ''])) }
  }

  #by(sid: string): Fields {
    return { [this.#options.idField]: sid }
  }
}

function refusalOf(error: unknown): unknown {
  if (TOO_LARGE.includes(serverCodeOf(error) ?? 0)) return tooLarge(error)
  return refusedByValidator(error) ?? error
}

/** By the names of the schema's paths alone: what a validator says can quote the value. */
function refusedByValidator(error: unknown): unknown {
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: object }
  if (!(error instanceof Error) || name !== 'ValidationError' || !errors) return undefined
  const paths = Object.keys(errors).map((path) => `\`${path}\``)
  return notStorable(`the model's validators refuse ${paths.join(', ')}`, error)
}
