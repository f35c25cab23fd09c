/** Queries by the app's filters, which Mongoose casts. */

import type { MongoDBStoreError } from '../errors'
import { refused } from './checked-filter'
import type { SessionModel } from './model'
import type { ModelReads } from './model-reads'
import { deletedBy } from './model-writes'
import { type Bytes, type Fields, NO_TRANSACTION } from './queries'
import { faultOfUntrusted, sanitizes, trust } from './trusted-filter'

/** Keeps Mongoose from leaving out a condition: the rest of the filter would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/** @internal */
export class FilteredQueries {
  readonly #model: SessionModel
  readonly #reads: ModelReads

  constructor(model: SessionModel, reads: ModelReads) {
    this.#model = model
    this.#reads = reads
  }

  async *list(filter: Fields, live: Fields): AsyncGenerator<Bytes | Fields> {
    this.#checked(filter)
    const { projection, listOptions } = this.#reads
    const both = { $and: [trust(live, this.#model), filter] }
    const query = this.#model.find(both, projection, { ...listOptions, ...AS_GIVEN })
    try {
      yield* this.#reads.iterate(query)
    } catch (error) {
      throw uncastable(error)
    }
  }

  async remove(filter: Fields): Promise<number> {
    const fault = this.#checked(filter)
    const query = this.#model.deleteMany(filter, { ...NO_TRANSACTION, ...AS_GIVEN })
    const [done] = await Promise.allSettled([query.exec()])
    // The app's middleware may have set `sanitizeFilter` for this query alone
    if (fault && sanitizes(this.#model, query.mongooseOptions().sanitizeFilter)) throw fault
    if (done.status === 'rejected') throw uncastable(done.reason)
    return deletedBy(done.value)
  }

  /** @returns the error for a filter that `sanitizeFilter` would change; throws it if that is set */
  #checked(filter: Fields): MongoDBStoreError | undefined {
    const fault = faultOfUntrusted(filter, this.#model)
    const isSanitized = sanitizes(this.#model)
    if (isSanitized && fault) throw fault
    // Trusted also if the connection turns `sanitizeFilter` off: early versions of Mongoose ignore that
    if (isSanitized !== undefined) trust(filter, this.#model)
    return fault
  }
}

/** A cast error is the filter's fault, not the server's. The message does not quote the value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`\`${path}\` is given what is no ${kind}`, error)
}
