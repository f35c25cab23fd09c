/** Every record that is read or written; it knows nothing of sessions. */
import { Batcher, type Outcome } from './batching'
import type { State } from './changes'
import { notASession } from './codec'
import { CollectionQueries } from './collection-queries'
import type { StoreConnection } from './connection'
import { currentTrace } from './diagnostics'
import { clearlyDiffer, documentIn, documentOf, elementsOf, textOf } from './elements'
import type { Bson } from './encryption'
import { serverCodeOf } from './errors'
import { liveFilter } from './expiry'
import { hasOwnIdeas, needsMongoose, pathOf } from './middleware'
import type { SessionModel } from './model'
import { ModelQueries } from './model-queries'
import type { ResolvedOptions } from './options'
import { MAX_DOCUMENT_BYTES, notStorable, tooLarge } from './payload'
import { type Fields, PLAIN_VALUES, type Queries, type Write } from './queries'
import { isSameValue } from './same-value'
import { canHave, type SchemaPaths } from './schema-paths'
import { timeLimit, within } from './time-limit'

/** A record as it was found. */
export interface FoundRecord {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
  /** Every field of the record. */
  readonly fields: Fields
  /** The keys of `session` as they are stored; none where it is no object. */
  readonly values: () => State<Buffer>
  /** The record once more, whatever has been done to its objects. */
  readonly again: () => FoundRecord
}

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

/** How many times as long an operation on all records may take. */
const MANY = 20

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

/** For a value that may have no form in JavaScript, and is then not what is looked for. */
const ANY_VALUE = { ...PLAIN_VALUES, bsonRegExp: true, validation: { utf8: false } } as const

/** @internal */
export class Records {
  readonly #options: ResolvedOptions
  readonly #link: StoreConnection
  readonly #schema: SchemaPaths
  /** For what is about many records, and for the app's own filters, which Mongoose casts. */
  readonly #asked: ModelQueries
  readonly #queries: Queries
  readonly #bson
  /** Whether the keys of `session` can be written one by one: the app's schema asks for none of it whole. */
  readonly takesPaths: boolean
  #timeLimit: number | undefined
  readonly #find: (sid: string) => Promise<Uint8Array | Fields | null>
  readonly #write: (write: Write) => Promise<unknown>

  constructor(model: SessionModel, options: ResolvedOptions, link: StoreConnection) {
    this.#options = options
    this.#link = link
    this.#schema = model.schema as unknown as SchemaPaths
    this.#asked = new ModelQueries(model, options)
    this.#queries = needsMongoose(model, options) ? this.#asked : new CollectionQueries(model)
    this.#bson = model.base.mongo.BSON
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
    const record = found && this.#recordFrom(found)
    // A list that holds the sid, or one that is the same by the collection's collation, is another's
    return record && record.sid === sid ? record : null
  }

  /** Every live record. */
  async *live(now: number): AsyncGenerator<FoundRecord> {
    const filter = liveFilter(this.#options.expiresKey, now)
    const all = this.#sendAll(() => this.#queries.list(filter))
    for await (const found of all) yield this.#recordFrom(found)
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

  /** How long an operation may take, in milliseconds; before the connection is open, by default. */
  readonly timeLimit = (): number => {
    if (this.#timeLimit !== undefined) return this.#timeLimit
    const limit = timeLimit(this.#link.limits())
    if (this.#link.isOpen()) this.#timeLimit = limit
    return limit
  }

  async removeAll(): Promise<void> {
    await this.#sendAboutMany(() => this.#asked.removeAll({}))
  }

  /** Removes what had expired by then, as a TTL index would. */
  removeExpired(by: number): Promise<number> {
    return this.#asked.removeAll({ [this.#options.expiresKey]: { $lte: new Date(by) } })
  }

  async countLive(now: number): Promise<number> {
    const filter = liveFilter(this.#options.expiresKey, now)
    return this.#sendAboutMany(() => this.#asked.count(filter))
  }

  /** Every live record that matches the app's filter. */
  async *matching(filter: Fields, now: number): AsyncGenerator<FoundRecord> {
    const live = liveFilter(this.#options.expiresKey, now)
    const all = this.#sendAll(() => this.#asked.listMatching(filter, live))
    for await (const found of all) yield this.#recordFrom(found)
  }

  /** Removes every record that matches the app's filter; resolves to how many. */
  removeMatching(filter: Fields): Promise<number> {
    return this.#sendAboutMany(() => this.#asked.removeMatching(filter))
  }

  /** Whether a filter of the app's can name it: a field of the schema, or a part of one. */
  readonly hasField = (path: string): boolean => canHave(this.#schema, path)

  /** Whether two values are stored as the same. */
  readonly isStoredSame = (value: unknown, other: unknown): boolean => {
    const [a, b] = [value, other].map((v) => Buffer.from(this.#bson.serialize({ v })))
    return (a as Buffer).equals(b as Buffer)
  }

  /** Sessions as BSON and back, for what has to be bytes. */
  readonly bson: Bson = {
    serialize: (session) => this.#bson.serialize(session),
    deserialize: (bytes) => this.#bson.deserialize(bytes, PLAIN_VALUES),
  }

  /** Whether the record would be over MongoDB's limit. */
  isTooLarge(sid: string, { expires, session, fields }: RecordUpdate): boolean {
    const { idField, expiresKey } = this.#options
    const record = { ...fields, [idField]: sid, [expiresKey]: expires, session }
    const ownId = idField === '_id' ? 0 : OBJECT_ID_BYTES
    return this.#bson.calculateObjectSize(record) + ownId > MAX_DOCUMENT_BYTES
  }

  /** The keys of a session as they would be stored. */
  valuesOf(session: Fields): State<Buffer> {
    return elementsOf(Buffer.from(this.#bson.serialize(session)))
  }

  /** Whether what is stored is what we would store; another program may have written 5 as a double. */
  readonly isSame = (stored: Buffer, value: unknown, key: string): boolean => {
    // Most of a session is as it was, which shows without serializing it
    const isSame = isSameValue(stored, value)
    if (isSame !== undefined) return isSame
    const ours = this.valuesOf({ [key]: value }).get(key) as Buffer
    if (stored.equals(ours)) return true
    if (clearlyDiffer(stored, ours)) return false
    const asRead = this.#bson.deserialize(documentOf(stored), PLAIN_VALUES)
    return documentOf(ours).equals(this.#bson.serialize(asRead))
  }

  // Not async, where it can be helped: each promise is a measurable part of an operation

  readonly #findOne = (sid: string): Promise<Uint8Array | Fields | null> =>
    this.#send(() => this.#queries.find(this.#by(sid)))

  readonly #writeOne = (write: Write): Promise<unknown> =>
    this.#send(() => this.#queries.write(write))

  readonly #findMany = async (
    sids: readonly string[],
  ): Promise<Outcome<Uint8Array | Fields | null>[]> => {
    const filter = { [this.#options.idField]: { $in: [...new Set(sids)] } }
    const bySid = new Map<string, Uint8Array | Fields>()
    for (const found of await this.#send(() => this.#queries.findMany(filter, sids.length))) {
      bySid.set(this.#sidOf(found), found)
    }
    return sids.map((sid) => ({ value: bySid.get(sid) ?? null }))
  }

  readonly #writeMany = (writes: readonly Write[]): Promise<Outcome<unknown>[]> =>
    this.#send(() => this.#queries.writeMany(writes))

  #send<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    if (this.#link.isOpen()) return within(patience * this.timeLimit(), query())
    return this.#link.ready().then(() => within(patience * this.timeLimit(), query()))
  }

  /** What is about many records, and may take as long. */
  #sendAboutMany<T>(query: () => Promise<T>): Promise<T> {
    return alone(this.#send(query, MANY))
  }

  async *#sendAll<T>(query: () => AsyncIterable<T>): AsyncGenerator<T> {
    alone(undefined)
    await this.#link.ready()
    const iterator = query()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await within(this.timeLimit(), iterator.next())
        if (next.done) return
        yield next.value
      }
    } finally {
      // Not waited for: where the server does not answer, neither does this
      iterator.return?.()?.catch(() => {})
    }
  }

  #sidOf(found: Uint8Array | Fields): string {
    const { idField } = this.#options
    if (!(found instanceof Uint8Array)) return found[idField] as string
    // Not the whole record, which is read once more when it is asked for
    return textOf(found, idField) as string
  }

  #valueOf(elements: ReadonlyMap<string, Buffer>, field: string): unknown {
    const element = elements.get(field)
    return element && this.#bson.deserialize(documentOf(element), ANY_VALUE)[field]
  }

  #recordFrom(found: Uint8Array | Fields): FoundRecord {
    const { idField, expiresKey } = this.#options
    const isRaw = found instanceof Uint8Array
    let fields: Fields
    try {
      fields = isRaw ? this.#bson.deserialize(found, PLAIN_VALUES) : found
    } catch (cause) {
      return this.#unreadable(found as Uint8Array, cause)
    }
    // A copy: the Buffers among the fields are views of the bytes, which the app may write to
    const bytes = Buffer.from(isRaw ? found : this.#bson.serialize(found))
    return {
      sid: fields[idField] as string,
      session: fields.session,
      expires: fields[expiresKey],
      fields,
      values: () => {
        const session = documentIn(elementsOf(bytes).get('session'))
        return session ? elementsOf(session) : new Map()
      },
      again: () => this.#recordFrom(bytes),
    }
  }

  /** BSON can hold what JavaScript has no form for: expressions in PCRE's syntax, text that is not UTF-8. */
  #unreadable(found: Uint8Array, cause: unknown): FoundRecord {
    const { idField, expiresKey } = this.#options
    const elements = elementsOf(Buffer.from(found))
    const again = () => this.#unreadable(found, cause)
    return {
      sid: this.#valueOf(elements, idField) as string,
      get session(): unknown {
        throw notASession('the record holds what has no form in JavaScript', cause)
      },
      expires: this.#valueOf(elements, expiresKey),
      fields: {},
      values: () => new Map(),
      again,
    }
  }

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

/** Told to whoever listens to the operation: it goes out as itself. */
function alone<T>(sent: T): T {
  const trace = currentTrace()
  if (trace) trace.batchSize = 1
  return sent
}
