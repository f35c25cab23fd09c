/** Every record that is read or written; it knows nothing of sessions. */

import type { StoreConnection } from '../connection/connection'
import { MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { currentBatchInfo } from '../operations/diagnostics'
import type { ResolvedOptions } from '../options/resolved-options'
import { type Condition, liveFilter } from '../payload/expiry'
import { MAX_DOCUMENT_BYTES, notStorable, tooLarge } from '../payload/payload'
import { Batcher, type Outcome } from './batcher'
import { FilteredQueries } from './filtered-queries'
import { type FoundRecord, FoundRecords } from './found-record'
import type { SessionModel } from './model'
import { ModelQueries } from './model-queries'
import { DONE, type Fields, type Write } from './queries'
import { QueryRunner, unbatched } from './query-runner'
import { hasSettersOrValidators, pathOf } from './schema-introspection'
import { canHave, type SchemaPaths } from './schema-paths'
import { StoredValues } from './stored-values'
import type { Statement } from './write-folding'

/** Writes to one record that are being gathered until they are sent. */
export interface OpenWrites {
  /** Ends the gathering: what is to be sent, in order. */
  seal(): readonly Write[]
  /** How many operations were gathered. */
  readonly size: number
  /** Tells the operations how many went out together, these included. */
  tellSize(size: number): void
}

/** What is to be written to the data: all of it, or what some paths name. */
export interface RecordUpdate {
  readonly expires?: Date
  readonly session?: unknown
  /** The app's own fields; `undefined` removes one. */
  readonly fields?: Fields | undefined
  /** By path within the record. */
  readonly set?: Fields | undefined
  readonly unset?: readonly string[]
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** What was sent, what an update would make, and what an upsert would make is over 16 MiB. */
const TOO_LARGE = [10334, 17419, 17420]

/** In characters; those of express-session have 32. */
const LONG_SID = 1024

/** What the server adds where the sid is in another field: an element `_id`. */
const OBJECT_ID_BYTES = 17

/** @internal */
export class Records {
  readonly #options: ResolvedOptions
  readonly #runner: QueryRunner
  readonly #schema: SchemaPaths
  readonly #queries: ModelQueries
  /** By the app's own filters. */
  readonly #filtered: FilteredQueries
  readonly #bson: SessionModel['base']['mongo']['BSON']
  readonly #found: FoundRecords
  /** What is stored, and what would be, to be compared. */
  readonly values: StoredValues
  /** How long an operation may take, in milliseconds; before the connection is open, by default. */
  readonly timeLimit: () => number
  /** Whether the keys of `session` can be written one by one: the app's schema asks for none of it whole. */
  readonly canMerge: boolean
  readonly #find: (sid: string) => Promise<Uint8Array | Fields | null>
  /** Sends what has been gathered by then; an outcome for each write, up to the first that was refused. */
  readonly send: (open: OpenWrites) => Promise<readonly Outcome<unknown>[]>
  /** Whether several writes may go as one; not if each has to pass the app's middleware. */
  readonly canFold: boolean
  /** Whether reads go where writes go. */
  readonly readsPrimary: () => boolean

  constructor(model: SessionModel, options: ResolvedOptions, storeConnection: StoreConnection) {
    this.#options = options
    this.#runner = new QueryRunner(storeConnection)
    this.timeLimit = this.#runner.timeLimit
    this.#schema = model.schema as unknown as SchemaPaths
    this.#queries = new ModelQueries(model, options)
    this.#filtered = new FilteredQueries(model, this.#queries)
    this.#bson = model.base.mongo.BSON
    this.#found = new FoundRecords(model, options)
    this.values = new StoredValues(model)
    this.canMerge = !hasSettersOrValidators(pathOf(model, 'session'))
    if (options.batch && this.#queries.canBatch) {
      const { maxSize } = options.batch
      const reads = new Batcher(maxSize, this.#findOne, this.#findMany)
      const writes = new Batcher(maxSize, this.#writeOne, this.#writeMany)
      // Many long ones are too large for one command, where a bulk write is split by the driver
      this.#find = (sid) => (sid.length > LONG_SID ? unbatched(this.#findOne(sid)) : reads.add(sid))
      this.send = (open) => writes.add(open)
    } else {
      this.#find = (sid) => unbatched(this.#findOne(sid))
      this.send = this.#writeOne
    }
    this.canFold = this.#queries.canBatch
    this.readsPrimary = () => storeConnection.readsPrimary(model.schema.options.read)
  }

  /** The record, live or not: the caller's clock tells. */
  async find(sid: string): Promise<FoundRecord | null> {
    const found = await this.#find(sid)
    const record = found && this.#found.loadedFrom(found)
    // A list that holds the sid, or one that is the same by the collection's collation, is another's
    return record && record.sid === sid ? record : null
  }

  /** Every live record. */
  async *live(now: number): AsyncGenerator<FoundRecord> {
    const filter = liveFilter(this.#options.expiresKey, now)
    const all = this.#runner.stream(() => this.#queries.list(filter))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  /** Writes the record, whether or not there is one. */
  inserting(sid: string, update: RecordUpdate): Statement {
    const write = { filter: this.#by(sid), update: this.#updateFrom(update), upsert: true }
    return { write, names: this.#options, now: 0 }
  }

  /** Writes to a record that is there and meets the condition; if there is none, that is no error. */
  updating(sid: string, update: RecordUpdate, condition: Condition): Statement {
    const { filter, matches, now } = condition
    const write = {
      filter: { ...this.#by(sid), ...filter },
      update: this.#updateFrom(update),
      upsert: false,
    }
    return { write, names: this.#options, matches, now }
  }

  removing(sid: string): Statement {
    // In another field, the index that keeps it unique may be missing
    const write = { remove: this.#by(sid), isOne: this.#options.idField === '_id' }
    return { write, names: this.#options, now: 0 }
  }

  /**
   * By itself.
   * @returns false if the stored `session` has no keys to write to, being no object
   */
  async write({ write }: Statement): Promise<boolean> {
    const sendOnce = async () => {
      const [outcome] = await this.send(lone(write))
      if (outcome && 'error' in outcome) throw outcome.error
    }
    try {
      // Two inserts of one sid at once: the one that lost finds the record now
      await sendOnce().catch((error) => {
        if (this.isLostInsert(error)) return sendOnce()
        throw error
      })
      return true
    } catch (error) {
      if (this.isPathRefusal(error)) return false
      throw refusalOf(error)
    }
  }

  /**
   * Writes to a record that is there and meets the condition, apart from any others.
   * @returns whether there was one
   */
  async updateOne(sid: string, update: RecordUpdate, condition: Condition): Promise<boolean> {
    const { write } = this.updating(sid, update, condition)
    try {
      const result = await unbatched(this.#runner.send(() => this.#queries.write(write)))
      return (result as { matchedCount?: unknown } | undefined)?.matchedCount !== 0
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Whether what was sent is at fault, so that nothing of it was done. */
  isRefusal(error: unknown): boolean {
    if (error instanceof NoAnswerError || error instanceof MongoDBStoreError) return false
    return this.#queries.isRefusal(error)
  }

  /** Whether the stored `session` has no keys to write to, being no object. */
  isPathRefusal(error: unknown): boolean {
    return serverCodeOf(error) === PATH_NOT_VIABLE
  }

  /** Whether another insert of the sid came first. */
  isLostInsert(error: unknown): boolean {
    return serverCodeOf(error) === DUPLICATE_KEY
  }

  async removeAll(): Promise<void> {
    await this.#runner.sendLong(() => this.#queries.removeAll({}))
  }

  /** Removes what had expired by then, as a TTL index would. */
  removeExpired(by: number): Promise<number> {
    const filter = { [this.#options.expiresKey]: { $lte: new Date(by) } }
    return this.#runner.sendLong(() => this.#queries.removeAll(filter))
  }

  async countLive(now: number): Promise<number> {
    const filter = liveFilter(this.#options.expiresKey, now)
    return this.#runner.sendLong(() => this.#queries.count(filter))
  }

  /** Every live record that matches the app's filter. */
  async *matching(filter: Fields, now: number): AsyncGenerator<FoundRecord> {
    const live = liveFilter(this.#options.expiresKey, now)
    const all = this.#runner.stream(() => this.#filtered.list(filter, live))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  /** Removes every record that matches the app's filter; resolves to how many. */
  removeMatching(filter: Fields): Promise<number> {
    return this.#runner.sendLong(() => this.#filtered.remove(filter))
  }

  /** Whether a filter of the app's can name it: a field of the schema, or a part of one. */
  readonly hasField = (path: string): boolean => canHave(this.#schema, path)

  /** @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION_SIZE` if the record would be over MongoDB's limit */
  assertSize(sid: string, { expires, session, fields }: RecordUpdate): void {
    const { idField, expiresKey } = this.#options
    const record = { ...fields, [idField]: sid, [expiresKey]: expires, session }
    const ownId = idField === '_id' ? 0 : OBJECT_ID_BYTES
    if (this.#bson.calculateObjectSize(record) + ownId > MAX_DOCUMENT_BYTES) throw tooLarge()
  }

  // Not async, where it can be helped: each promise is a measurable part of an operation

  readonly #findOne = (sid: string): Promise<Uint8Array | Fields | null> =>
    this.#runner.send(() => this.#queries.find(this.#by(sid)))

  readonly #writeOne = (open: OpenWrites): Promise<readonly Outcome<unknown>[]> =>
    this.#runner.send(() => {
      const writes = open.seal()
      open.tellSize(open.size)
      return this.#write(writes)
    })

  #write(writes: readonly Write[]): Promise<readonly Outcome<unknown>[]> {
    const [first] = writes
    if (!first) return Promise.resolve([])
    if (writes.length > 1) return this.#queries.writeInOrder(writes)
    return this.#queries.write(first).then(
      () => [DONE],
      (error: unknown) => [{ error }],
    )
  }

  readonly #findMany = async (
    sids: readonly string[],
  ): Promise<Outcome<Uint8Array | Fields | null>[]> => {
    const ids = new Set(sids)
    const found = await this.#runner.send(() => this.#queries.findMany([...ids]))
    const bySid = new Map(found.map((each) => [this.#found.sidOf(each), each]))
    return sids.map((sid) => {
      const each = bySid.get(sid)
      if (!each) return { value: null }
      // To the first as it is, to the others a copy: no two of them share an object
      return { value: ids.delete(sid) ? each : this.#found.copyOf(each) }
    })
  }

  readonly #writeMany = (
    opens: readonly OpenWrites[],
  ): Promise<readonly Outcome<readonly Outcome<unknown>[]>[]> =>
    this.#runner.whenOpen(() => {
      const sealed = opens.map((open) => ({ open, writes: open.seal() }))
      const isUpdate = ({ writes: [first] }: Sealed) => first !== undefined && !('remove' in first)
      const single = sealed.filter(({ writes }) => writes.length === 1)
      // A bulk write sends each kind by a command of its own, one after the other: these go side by
      // side, and the failure of one is not the other's
      const answers = new Map<OpenWrites, Promise<readonly Outcome<unknown>[]>>()
      for (const kind of [single.filter(isUpdate), single.filter((each) => !isUpdate(each))]) {
        this.#writeSingles(kind, answers)
      }
      for (const { open, writes } of sealed) {
        if (writes.length === 1) continue
        open.tellSize(open.size)
        answers.set(
          open,
          this.#runner.inTime(() => this.#write(writes)),
        )
      }
      return opens.map((open) => ({ value: answers.get(open) as Promise<Outcome<unknown>[]> }))
    })

  #writeSingles(
    sealed: readonly Sealed[],
    answers: Map<OpenWrites, Promise<readonly Outcome<unknown>[]>>,
  ): void {
    const size = sealed.reduce((sum, { open }) => sum + open.size, 0)
    for (const { open } of sealed) open.tellSize(size)
    const writes = sealed.map(({ writes: [write] }) => write as Write)
    if (writes.length === 0) return
    const sent = this.#runner.inTime(() =>
      writes.length > 1 ? this.#queries.writeMany(writes) : this.#write(writes),
    )
    sealed.forEach(({ open }, i) => {
      answers.set(
        open,
        sent.then((outcomes) => [outcomes[i] as Outcome<unknown>]),
      )
    })
  }

  #updateFrom({ expires, session, fields, set, unset }: RecordUpdate): Fields {
    const $set: Fields = { ...(expires && { [this.#options.expiresKey]: expires }), ...set }
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

interface Sealed {
  readonly open: OpenWrites
  readonly writes: readonly Write[]
}

/** Nothing is gathered. */
function lone(write: Write): OpenWrites {
  const batchInfo = currentBatchInfo()
  const tellSize = (size: number) => {
    if (batchInfo) batchInfo.batchSize = size
  }
  return { seal: () => [write], size: 1, tellSize }
}

/** In the store's words, if it has any for what the server has refused. */
export function refusalOf(error: unknown): unknown {
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
