/** Queries by the app's own filters, which Mongoose casts. */

import type { MongoDBStoreError } from '../errors'
import { refused } from './checked-filter'
import type { SessionModel } from './model'
import type { ModelQueries } from './model-queries'
import { type Bytes, type Cursor, type Fields, foundBy, NO_TRANSACTION } from './queries'
import { faultOfUntrusted, sanitizes, trust } from './trusted-filter'

/** No condition that the app has set may be left out: the rest would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/** @internal */
export class FilteredQueries {
  readonly #model: SessionModel
  readonly #queries: ModelQueries

  constructor(model: SessionModel, queries: ModelQueries) {
    this.#model = model
    this.#queries = queries
  }

  async *list(filter: Fields, live: Fields): AsyncGenerator<Bytes | Fields> {
    this.#checked(filter)
    const { projection, readOptions } = this.#queries
    const both = { $and: [this.#queries.trusted(live), filter] }
    const query = this.#model.find(both, projection, { ...readOptions, ...AS_GIVEN })
    try {
      yield* foundBy(query.cursor() as Cursor)
    } catch (error) {
      throw uncastable(error)
    }
  }

  async remove(filter: Fields): Promise<number> {
    const fault = this.#checked(filter)
    const query = this.#model.deleteMany(filter, { ...NO_TRANSACTION, ...AS_GIVEN })
    const [done] = await Promise.allSettled([query.exec()])
    // A hook of the app's may have set it for this query alone
    if (fault && sanitizes(this.#model, query.mongooseOptions().sanitizeFilter)) throw fault
    if (done.status === 'rejected') throw uncastable(done.reason)
    return done.value.deletedCount
  }

  /** @returns what is wrong with the app's filter if the query is to be sanitized */
  #checked(filter: Fields): MongoDBStoreError | undefined {
    const fault = faultOfUntrusted(filter, this.#model)
    const isSanitized = sanitizes(this.#model)
    if (isSanitized && fault) throw fault
    // It has been checked; and what the connection turns off, early versions of Mongoose do all the same
    if (isSanitized !== undefined) trust(filter, this.#model)
    return fault
  }
}

/** The app's filter is at fault, and no server: by the names of its path and type, not by its value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`\`${path}\` is given what is no ${kind}`, error)
}
