/** Reads records: those requested in one turn with one query, and lists with a cursor. */
import type { mongo } from 'mongoose'
import { withTimeout } from '../connection/time-limit'
import type { ResolvedOptions } from '../options/resolved-options'
import { PLAIN_VALUES } from '../payload/bson'
import { textOf } from '../payload/bson-elements'
import { notASession } from '../payload/codec'
import { Batcher } from './batcher'
import type { SessionModel } from './model'
import { type Bytes, type Fields, NO_TRANSACTION, type QueryRunner } from './queries'
import { projectionFor, type SchemaTraits } from './schema'

/** A record as found: its bytes, or the object that the app's middleware has seen. */
export type Found = Bytes | Fields

/** A decoded record. */
export interface FoundRecord {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
  /** Every field of the record. */
  readonly fields: Fields
  /** The record as BSON, not shared with anybody. */
  readonly bytes: Buffer
}

interface WaitingRead {
  readonly sid: string
  readonly resolve: (found: Found | null) => void
  readonly reject: (error: unknown) => void
}

/** No limit; said explicitly, since a plugin may limit every `find` that sets none. */
const ALL = 2 ** 31 - 1

/** @internal */
export class Reads {
  /** The projection of every query; `null` for all fields. */
  readonly projection: string | null
  readonly options: object
  readonly #bson: typeof mongo.BSON
  readonly #idField: string
  readonly #expiresKey: string
  readonly #batcher: Batcher<WaitingRead> | undefined

  constructor(
    private readonly model: SessionModel,
    options: ResolvedOptions,
    traits: SchemaTraits,
    private readonly runner: QueryRunner,
  ) {
    const { idField, expiresKey, batch } = options
    this.#bson = model.base.mongo.BSON
    this.#idField = idField
    this.#expiresKey = expiresKey
    if (batch && traits.canBatch)
      this.#batcher = new Batcher(batch.maxSize, this.#send, traits.hasFindMiddleware)
    // A later `set` compares with the stored bytes, and a record that cannot be decoded must not fail the
    // others. But the app's middleware sees objects.
    const readsBytes = traits.canBatch && !traits.hasFindMiddleware
    const { readConcern } = model.schema.options as { readConcern?: mongo.ReadConcernLike }
    this.options = {
      ...NO_TRANSACTION,
      // Session ids are compared byte by byte, and the index of `_id` has the collection's collation
      collation: undefined,
      ...(readConcern && { readConcern }),
      lean: true,
      ...(readsBytes ? { raw: true } : AS_OBJECTS),
    }
    // Includes the store's fields even if the app's schema says `select: false`
    this.projection = projectionFor(model, options)
  }

  /** The record, whether live or expired. */
  find(sid: string): Promise<Found | null> {
    const batcher = this.#batcher
    if (!batcher) return this.#findOne(sid)
    return new Promise((resolve, reject) => batcher.add({ sid, resolve, reject }))
  }

  /** Every matching record, one by one. */
  async *list(filter: Fields, options = this.options): AsyncGenerator<Found> {
    await this.runner.storeConnection.ready()
    const all = { ...options, limit: ALL }
    const cursor = this.model.find(filter as never, this.projection, all).cursor()
    try {
      for (;;) {
        const found = await withTimeout(this.runner.timeLimit(), cursor.next())
        if (!found) return
        yield found as unknown as Found
      }
    } finally {
      // Not awaited: a silent server does not answer, and a failed cursor rejects
      cursor.close().catch(() => {})
    }
  }

  async count(filter: Fields): Promise<number> {
    const options = { ...NO_TRANSACTION, ...AS_OBJECTS } as object
    const query = this.model.countDocuments(filter as never, options)
    return Number((await this.runner.sendLong(() => query.exec())) ?? 0)
  }

  /** @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD` for a value that JavaScript cannot represent */
  decode(found: Found): FoundRecord {
    // Decoded Buffers are views of the bytes, and the app may write to them
    const bytes = this.#copyOf(found)
    let fields: Fields
    try {
      fields = found instanceof Uint8Array ? this.#bson.deserialize(found, PLAIN_VALUES) : found
    } catch (cause) {
      throw notASession('the record holds a value that JavaScript cannot represent', cause)
    }
    const sid = fields[this.#idField] as string
    return { sid, session: fields.session, expires: fields[this.#expiresKey], fields, bytes }
  }

  /** The record's session id, without decoding the rest; undefined if it is not a string. */
  sidOf(found: Found): string | undefined {
    const sid = found instanceof Uint8Array ? textOf(found, this.#idField) : found[this.#idField]
    return typeof sid === 'string' ? sid : undefined
  }

  readonly #send = (reads: readonly WaitingRead[]): void => {
    const [first] = reads as [WaitingRead]
    // A lone read is spared the cost of a batch
    if (reads.length === 1) this.#findOne(first.sid).then(first.resolve, first.reject)
    else this.#findMany(reads)
  }

  #findOne(sid: string): Promise<Found | null> {
    const filter = { [this.#idField]: sid } as never
    const query = () => this.model.findOne(filter, this.projection, this.options).exec()
    return this.runner.send(query as () => Promise<Found | null>)
  }

  async #findMany(reads: readonly WaitingRead[]): Promise<void> {
    try {
      const sids = new Set(reads.map(({ sid }) => sid))
      const found = await this.runner.send(() => this.#query([...sids]))
      // Of several with the same id, the first, like a lone read
      const bySid = new Map(found.toReversed().map((each) => [this.sidOf(each), each]))
      for (const { sid, resolve } of reads) {
        const each = bySid.get(sid) ?? null
        // The first read gets the record, the others a copy: no two reads share an object
        resolve(each && !sids.delete(sid) ? this.#copyOf(each) : each)
      }
    } catch (error) {
      // The ids are too long together, or a record cannot be decoded for the app's middleware
      const isOfOne = /^(BSON\w*|Syntax|Range)Error$/.test(`${(error as Error | null)?.name}`)
      for (const { sid, resolve, reject } of reads) {
        if (isOfOne) this.#findOne(sid).then(resolve, reject)
        else reject(error)
      }
    }
  }

  #copyOf(found: Found): Buffer {
    return Buffer.from(found instanceof Uint8Array ? found : this.#bson.serialize(found))
  }

  async #query(sids: readonly string[]): Promise<readonly Found[]> {
    // Without its unique index, several records may have the same session id
    const limit = this.#idField === '_id' ? sids.length : ALL
    // One more than there can be, so that the server closes the cursor at once
    const options = { ...this.options, limit, batchSize: sids.length + 1 }
    const filter = { [this.#idField]: this.model.base.trusted({ $in: sids }) } as never
    const found = await this.model.find(filter, this.projection, options).exec()
    // A hook that skips the query (`skipMiddlewareFunction`) leaves no result
    return (found ?? []) as unknown as Found[]
  }
}

/** The driver's options for objects. Its default for `fieldsAsRaw`, `{}`, inherits names like `constructor`. */
const AS_OBJECTS = { ...PLAIN_VALUES, raw: false, bsonRegExp: false, fieldsAsRaw: false } as const
