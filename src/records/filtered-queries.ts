/** Queries by the app's filters, which Mongoose casts, and `sanitizeFilter` would change. */
import { COMBINING, holdsOperators, refused, sanitizes, trust } from './checked-filter'
import type { SessionModel } from './model'
import type { ModelReads } from './model-reads'
import { deletedBy } from './model-writes'
import { type Bytes, type Fields, NO_TRANSACTION } from './queries'

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
    const { projection, listOptions } = this.#reads
    const [untrusted] = untrustedIn(filter, this.#model)
    const both = { $and: [trust(live, this.#model), filter] }
    const query = this.#model.find(both, projection, { ...listOptions, ...AS_GIVEN })
    this.#assertTrust(untrusted, query)
    try {
      yield* this.#reads.iterate(query)
    } catch (error) {
      throw uncastable(error)
    }
  }

  async remove(filter: Fields): Promise<number> {
    const [untrusted] = untrustedIn(filter, this.#model)
    const query = this.#model.deleteMany(filter, { ...NO_TRANSACTION, ...AS_GIVEN })
    this.#assertTrust(untrusted, query)
    const [done] = await Promise.allSettled([query.exec()])
    // The app's middleware may have set `sanitizeFilter` for this query alone
    this.#assertTrust(untrusted, query)
    if (done.status === 'rejected') throw uncastable(done.reason)
    return deletedBy(done.value)
  }

  #assertTrust(
    path: string | undefined,
    query: { mongooseOptions(): { sanitizeFilter?: unknown } },
  ): void {
    const isSet = sanitizes(this.#model) ?? query.mongooseOptions().sanitizeFilter
    if (path === undefined || !isSet) return
    throw refused(
      `\`sanitizeFilter\` makes a value of the operator at \`${path}\`: ` +
        'where the app means it, it says `mongoose.trusted({ … })`',
    )
  }
}

/** The paths whose conditions Mongoose would make values of: by its rules, `$eq` alone needs no trust. */
function* untrustedIn(filter: Fields, model: SessionModel): Generator<string> {
  const [mark] = Object.getOwnPropertySymbols(model.base.trusted({})) as [symbol]
  for (const [path, value] of Object.entries(filter)) {
    if (COMBINING.includes(path))
      for (const each of value as Fields[]) yield* untrustedIn(each, model)
    else if (holdsOperators(value) && !(mark in value) && Object.keys(value).join() !== '$eq')
      yield path
  }
}

/** A cast error is the filter's fault, not the server's. The message does not quote the value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`\`${path}\` is given what is no ${kind}`, error)
}
