/** Queries with the app's filters, which Mongoose casts and `sanitizeFilter` would change. */
import { COMBINING, holdsOperators, refused } from './checked-filter'
import type { SessionModel } from './model'
import { type Fields, NO_TRANSACTION, type QueryRunner } from './queries'
import type { Found, Reads } from './reads'

/** Keeps Mongoose from dropping a condition: the rest of the filter would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/** @internal */
export class FilteredQueries {
  constructor(
    private readonly model: SessionModel,
    private readonly reads: Reads,
    private readonly runner: QueryRunner,
  ) {}

  async *list(filter: Fields, live: Fields): AsyncGenerator<Found> {
    this.#assertTrusted(filter)
    try {
      yield* this.reads.list({ $and: [live, filter] }, { ...this.reads.options, ...AS_GIVEN })
    } catch (error) {
      throw uncastable(error)
    }
  }

  async remove(filter: Fields): Promise<number> {
    this.#assertTrusted(filter)
    const query = this.model.deleteMany(filter, { ...NO_TRANSACTION, ...AS_GIVEN })
    const [done] = await Promise.allSettled([this.runner.sendLong(() => query.exec())])
    // The app's middleware may have set `sanitizeFilter` for this query alone
    this.#assertTrusted(filter, query.mongooseOptions().sanitizeFilter)
    if (done.status === 'rejected') throw uncastable(done.reason)
    return Number(done.value?.deletedCount ?? 0)
  }

  /** @param ofQuery whether it is set for this query */
  #assertTrusted(filter: Fields, ofQuery: unknown = false): void {
    const { db, base } = this.model
    if (!(db.get('sanitizeFilter') ?? base.get('sanitizeFilter') ?? ofQuery)) return
    const [path] = untrustedIn(filter, this.model)
    if (path === undefined) return
    throw refused(
      `\`sanitizeFilter\` would turn the operator at \`${path}\` into a value: ` +
        'wrap it in `mongoose.trusted({ … })` if you mean it',
    )
  }
}

/** The paths whose operators Mongoose would turn into values: by its rules, `$eq` alone is fine. */
function* untrustedIn(filter: Fields, model: SessionModel): Generator<string> {
  const [mark] = Object.getOwnPropertySymbols(model.base.trusted({})) as [symbol]
  for (const [path, value] of Object.entries(filter)) {
    if (COMBINING.includes(path)) {
      for (const each of value as Fields[]) yield* untrustedIn(each, model)
    } else if (holdsOperators(value) && !(mark in value) && Object.keys(value).join() !== '$eq') {
      yield path
    }
  }
}

/** A cast error is the filter's fault, not the server's. The message must not quote the value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`the value of \`${path}\` is not of type ${kind}`, error)
}
