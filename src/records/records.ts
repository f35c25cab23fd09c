/** Reads and writes records; knows nothing of sessions. */

import type { StoreConnection } from '../connection/connection'
import type { ResolvedOptions } from '../options/resolved-options'
import { liveFilter } from '../payload/expiry'
import { MAX_DOCUMENT_BYTES, tooLarge } from '../payload/payload'
import { canHave } from './checked-filter'
import { FilteredQueries } from './filtered-queries'
import { type FoundRecord, FoundRecords } from './found-record'
import type { SessionModel } from './model'
import { ModelReads } from './model-reads'
import { ModelWrites } from './model-writes'
import type { Fields } from './queries'
import { QueryRunner } from './query-runner'
import { RecordReads } from './record-reads'
import { RecordWrites } from './record-writes'
import { hasSessionSettersOrValidators, schemaOf, traitsOf } from './schema-introspection'
import { type RecordUpdate, Statements } from './statements'
import { StoredValues } from './stored-values'

/** The size of the `_id` that the server adds if `idField` is another field. */
const OBJECT_ID_BYTES = 17

/** @internal */
export class Records {
  readonly #options: ResolvedOptions
  readonly #runner: QueryRunner
  readonly #modelReads: ModelReads
  readonly #modelWrites: ModelWrites
  /** The queries by the app's filters. */
  readonly #filtered: FilteredQueries
  readonly #bson: SessionModel['base']['mongo']['BSON']
  readonly #found: FoundRecords
  readonly #reads: RecordReads
  readonly statements: Statements
  readonly writes: RecordWrites
  /** Compares values with stored ones. */
  readonly values: StoredValues
  /** How long an operation may take, in milliseconds; the default until the connection is open. */
  readonly timeLimit: () => number
  /** Whether the keys of `session` can be written one by one: not if the schema has setters or validators for it. */
  readonly canMerge: boolean
  /** Whether a filter may name the path: a field of the schema, or a part of one. */
  readonly hasField: (path: string) => boolean
  /** Whether reads go to the primary, as writes do. */
  readonly readsPrimary: () => boolean

  constructor(model: SessionModel, options: ResolvedOptions, storeConnection: StoreConnection) {
    this.#options = options
    this.#runner = new QueryRunner(storeConnection)
    this.timeLimit = this.#runner.timeLimit
    const traits = traitsOf(model, options)
    const batch = traits.canBatch && options.batch
    this.#modelReads = new ModelReads(model, options, traits)
    this.#modelWrites = new ModelWrites(model, options, traits)
    this.#filtered = new FilteredQueries(model, this.#modelReads)
    this.#bson = model.base.mongo.BSON
    this.#found = new FoundRecords(model, options)
    this.#reads = new RecordReads(this.#modelReads, this.#runner, this.#found, options, batch)
    this.statements = new Statements(options)
    this.writes = new RecordWrites(this.#modelWrites, this.#runner, batch)
    this.values = new StoredValues(model)
    this.canMerge = !hasSessionSettersOrValidators(model)
    this.hasField = (path) => canHave(schemaOf(model), path)
    this.readsPrimary = () => storeConnection.readsPrimary(model.schema.options.read)
  }

  /** The record, live or expired: the caller checks. */
  async find(sid: string): Promise<FoundRecord | null> {
    const found = await this.#reads.find(sid)
    const record = found && this.#found.loadedFrom(found)
    // The server also matches an array that holds the sid, and another sid that the collation makes equal
    return record && record.sid === sid ? record : null
  }

  /** Every live record. */
  async *live(now: number): AsyncGenerator<FoundRecord> {
    const filter = liveFilter(this.#options.expiresKey, now)
    const all = this.#runner.stream(() => this.#modelReads.list(filter))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  /** Every live record that matches the app's filter. */
  async *matching(filter: Fields, now: number): AsyncGenerator<FoundRecord> {
    const live = liveFilter(this.#options.expiresKey, now)
    const all = this.#runner.stream(() => this.#filtered.list(filter, live))
    for await (const found of all) yield this.#found.recordFrom(found)
  }

  async removeAll(): Promise<void> {
    await this.#runner.sendLong(() => this.#modelWrites.removeAll({}))
  }

  /** Removes the records that had expired at the time `by`, as a TTL index would. */
  removeExpired(by: number): Promise<number> {
    const filter = { [this.#options.expiresKey]: { $lte: new Date(by) } }
    return this.#runner.sendLong(() => this.#modelWrites.removeAll(filter))
  }

  /** Removes every record that matches the app's filter; resolves to their number. */
  removeMatching(filter: Fields): Promise<number> {
    return this.#runner.sendLong(() => this.#filtered.remove(filter))
  }

  async countLive(now: number): Promise<number> {
    const filter = liveFilter(this.#options.expiresKey, now)
    return this.#runner.sendLong(() => this.#modelReads.count(filter))
  }

  /** @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION_SIZE` if the record would be over MongoDB's limit */
  assertSize(sid: string, { expires, session, fields }: RecordUpdate): void {
    const { idField, expiresKey } = this.#options
    const record = { ...fields, [idField]: sid, [expiresKey]: expires, session }
    const ownId = idField === '_id' ? 0 : OBJECT_ID_BYTES
    if (this.#bson.calculateObjectSize(record) + ownId > MAX_DOCUMENT_BYTES) throw tooLarge()
  }
}
