/** Queries by the app's filters, which Mongoose casts. */

import type { MongoDBStoreError } from '../errors'
import { refused } from './checked-filter'
import type { SessionModel } from './model'
import { type Fields, NO_TRANSACTION } from './queries'
import type { Found, Reads } from './reads'
import { faultOfUntrusted, sanitizes, trust } from './trusted-filter'
import type { Writes } from './writes'

/** Keeps Mongoose from leaving out a condition: the rest of the filter would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/** @internal */
export class FilteredQueries {
  readonly #model: SessionModel
  readonly #reads: Reads
  readonly #writes: Writes

  constructor(model: SessionModel, reads: Reads, writes: Writes) {
    this.#model = model
    this.#reads = reads
    this.#writes = writes
  }

  async *list(filter: Fields, live: Fields): AsyncGenerator<Found> {
    this.#checked(filter)
    try {
      yield* this.#reads.list({ $and: [live, filter] }, { ...this.#reads.options, ...AS_GIVEN })
    } catch (error) {
      throw uncastable(error)
    }
  }

  async remove(filter: Fields): Promise<number> {
    this.#checked(filter)
    try {
      return await this.#writes.removeAll(filter, { ...NO_TRANSACTION, ...AS_GIVEN })
    } catch (error) {
      throw uncastable(error)
    }
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
