/** The records of a model: how they are read, written and compared. Knows nothing of sessions. */
import type { StoreConnection } from '../connection/connection'
import type { ResolvedOptions } from '../options/resolved-options'
import { documentOf } from '../payload/bson-elements'
import { isSameValue } from '../payload/changes'
import { type Bson, serialized } from '../payload/payload'
import { canHave } from './checked-filter'
import { FilteredQueries } from './filtered-queries'
import type { SessionModel } from './model'
import { type Fields, PLAIN_VALUES, QueryRunner } from './queries'
import { Reads } from './reads'
import { schemaOf, traitsOf } from './schema'
import { Statements } from './statements'
import { Writes } from './writes'

/** @internal */
export class Records {
  readonly reads: Reads
  readonly writes: Writes
  readonly statements: Statements
  /** The queries by the app's filters. */
  readonly filtered: FilteredQueries
  /** How long an operation may take, in milliseconds; the default until the connection is open. */
  readonly timeLimit: () => number
  /** Whether the keys of `session` can be written one by one. */
  readonly canMerge: boolean
  /** Whether the app's middleware runs for some of the queries. */
  readonly hasMiddleware: boolean
  /** Whether a filter may name the path: a field of the schema, or a part of one. */
  readonly hasField: (path: string) => boolean
  readonly #bson: SessionModel['base']['mongo']['BSON']

  constructor(model: SessionModel, options: ResolvedOptions, storeConnection: StoreConnection) {
    const runner = new QueryRunner(storeConnection)
    const traits = traitsOf(model, options)
    this.#bson = model.base.mongo.BSON
    this.reads = new Reads(model, options, traits, runner)
    this.writes = new Writes(model, options, traits, runner)
    this.statements = new Statements(model, options, traits)
    this.filtered = new FilteredQueries(model, this.reads, runner)
    this.timeLimit = runner.timeLimit
    this.canMerge = traits.canMerge
    this.hasMiddleware =
      !traits.canBatch || traits.hasFindMiddleware || traits.hasBulkWriteMiddleware
    this.hasField = (path) => canHave(schemaOf(model), path)
  }

  /** Removes the records that had expired at the time `by`, as a TTL index would. */
  removeExpired(by: number): Promise<number> {
    return this.writes.removeAll(this.statements.expiredBy(by))
  }

  /** Serializes sessions for encryption, which works on bytes. */
  readonly bson: Bson = {
    serialize: (session) => this.#bson.serialize(session),
    deserialize: (bytes) => this.#bson.deserialize(bytes, PLAIN_VALUES),
  }

  /** The session as it would be stored. */
  serialized(session: Fields): Buffer {
    return Buffer.from(serialized(session, this.#bson))
  }

  /** The value of the element as it is stored: no BSON type becomes one of JavaScript's. */
  exactly(element: Buffer): unknown {
    const [value] = Object.values(this.#bson.deserialize(documentOf(element), AS_STORED))
    return value
  }

  /** Whether two values are stored as the same bytes. */
  readonly areSame = (value: unknown, other: unknown): boolean => {
    return this.serialized({ value }).equals(this.serialized({ value: other }))
  }

  /** Whether the value is stored already, also in another form: another program may write 5 as a double. */
  readonly isStored = (stored: Buffer, value: unknown, key: string): boolean => {
    // Most of a session did not change, and this is seen without serializing it
    const isSame = isSameValue(stored, value)
    if (isSame !== undefined) return isSame
    const ours = this.serialized({ [key]: value })
    const theirs = documentOf(stored)
    if (theirs.equals(ours)) return true
    return ours.equals(this.#bson.serialize(this.#bson.deserialize(theirs, PLAIN_VALUES)))
  }
}

const AS_STORED = { promoteValues: false, bsonRegExp: true } as const
