/** Reads and writes the records of a model. Knows nothing about sessions. */
import type { StoreConnection } from '../connection/connection'
import type { ResolvedOptions } from '../options/resolved-options'
import { Bson } from '../payload/bson'
import { canHave } from './checked-filter'
import { FilteredQueries } from './filtered-queries'
import type { SessionModel } from './model'
import { QueryRunner } from './queries'
import { Reads } from './reads'
import { schemaOf, traitsOf } from './schema'
import { Statements } from './statements'
import { Writes } from './writes'

/** @internal */
export class Records {
  readonly reads: Reads
  readonly writes: Writes
  readonly statements: Statements
  readonly bson: Bson
  /** Queries with the app's filters. */
  readonly filtered: FilteredQueries
  /** How long an operation may take, in milliseconds; the default until the connection is open. */
  readonly timeLimit: () => number
  /** Whether the keys of `session` can be written one by one. */
  readonly canMerge: boolean
  /** Whether the app has middleware for any of the queries. */
  readonly hasMiddleware: boolean
  /** Whether a filter may name the path: a field of the schema, or part of one. */
  readonly hasField: (path: string) => boolean

  constructor(model: SessionModel, options: ResolvedOptions, storeConnection: StoreConnection) {
    const runner = new QueryRunner(storeConnection)
    const traits = traitsOf(model, options)
    this.bson = new Bson(model.base.mongo.BSON)
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
}
