/** Queries through Mongoose, for a model on which the app has hung something that has to run. */

import type { MongoDBStoreError } from '../errors'
import type { Outcome } from './batcher'
import { refused } from './checked-filter'
import type { SessionModel } from './model'
import { withOpaqueValues } from './opaque-values'
import {
  DONE,
  type FieldNames,
  type Fields,
  PLAIN_VALUES,
  type Queries,
  type Write,
} from './queries'
import { hasValidators, pathOf } from './schema-introspection'
import { faultOfUntrusted, sanitizes, trust } from './trusted-filter'

interface QueryCursor {
  next(): Promise<unknown>
  close(): Promise<unknown>
}

/** Mongoose's types do not know that `session: null` opts out of `transactionAsyncLocalStorage`. */
const OPTIONS = { session: null } as object

/** No condition that the app has set may be left out: the rest would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/** By Mongoose's queries, one for each operation, with whatever the app has hung on them. */
export class ModelQueries implements Queries {
  readonly canBatch = false
  readonly #model: SessionModel
  readonly #readOptions: object
  readonly #projection: string
  readonly #writeOptions: object
  readonly #isPlain: boolean

  constructor(model: SessionModel, names: FieldNames & { readonly fields?: unknown }) {
    const { idField, expiresKey } = names
    this.#model = model
    this.#readOptions = {
      ...OPTIONS,
      ...PLAIN_VALUES,
      raw: false,
      bsonRegExp: false,
      lean: true,
      // The driver's default, `{}`, inherits `constructor` and the like: lists of such names come as bytes
      fieldsAsRaw: false,
    }
    // Also where the app's schema says `select: false`
    this.#projection = `+${idField} +session +${expiresKey}`
    // What a codec gives may be for a path of text or of bytes, which takes nothing else
    this.#isPlain = pathOf(model, 'session')?.instance === 'Mixed'
    // Mongoose runs those of an update where it is told to
    this.#writeOptions = hasValidators(model, names) ? { ...OPTIONS, runValidators: true } : OPTIONS
  }

  find(filter: Fields): Promise<Fields | null> {
    const query = this.#model.findOne(this.#trusted(filter), this.#projection, this.#readOptions)
    return query.exec() as Promise<Fields | null>
  }

  async findMany(filter: Fields): Promise<Fields[]> {
    const query = this.#model.find(this.#trusted(filter), this.#projection, this.#readOptions)
    return (await query.exec()) as unknown as Fields[]
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) return this.#remove(write.remove, write.isOne)
    if ('replacement' in write) throw new TypeError('each operation is to go as itself')
    const { filter, update, upsert } = write
    const sent = this.#isPlain ? hookable(update) : update
    const options = { ...this.#writeOptions, upsert }
    return this.#model.updateOne(this.#trusted(filter), sent, options).exec()
  }

  /** One after the other: it is `deleteOne` that the app may have hung something on. */
  async #remove(filter: Fields, isOne: boolean): Promise<void> {
    for (;;) {
      const { deletedCount } = await this.#model.deleteOne(filter, OPTIONS).exec()
      if (isOne || !deletedCount) return
    }
  }

  writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    return Promise.all(writes.map((write) => this.write(write).then(() => DONE)))
  }

  async writeInOrder(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    for (const write of writes) await this.write(write)
    return writes.map(() => DONE)
  }

  isRefusal(): boolean {
    return false
  }

  list(filter: Fields): AsyncIterable<Fields> {
    const query = this.#model.find(this.#trusted(filter), this.#projection, this.#readOptions)
    return foundBy(query.cursor())
  }

  async count(filter: Fields): Promise<number> {
    return Number(await this.#model.countDocuments(this.#trusted(filter), OPTIONS).exec())
  }

  async removeAll(filter: Fields): Promise<number> {
    return (await this.#model.deleteMany(this.#trusted(filter), OPTIONS).exec()).deletedCount
  }

  async *listMatching(filter: Fields, live: Fields): AsyncGenerator<Fields> {
    this.#checked(filter)
    const both = { $and: [this.#trusted(live), filter] }
    const query = this.#model.find(both, this.#projection, { ...this.#readOptions, ...AS_GIVEN })
    try {
      yield* foundBy(query.cursor())
    } catch (error) {
      throw uncastable(error)
    }
  }

  async removeMatching(filter: Fields): Promise<number> {
    const fault = this.#checked(filter)
    const query = this.#model.deleteMany(filter, { ...OPTIONS, ...AS_GIVEN })
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

  /** Our operators are our own, and no user's: for an app that has set `sanitizeFilter`. */
  #trusted(filter: Fields): Fields {
    return trust(filter, this.#model)
  }
}

/** As the cursor gives them; whoever ends early closes it, for which its own iterator has no `return`. */
async function* foundBy(cursor: QueryCursor): AsyncGenerator<Fields> {
  try {
    for (let found = await cursor.next(); found; found = await cursor.next()) {
      yield found as Fields
    }
  } finally {
    // One that has failed before it was opened has nothing to close
    await cursor.close().catch(() => {})
  }
}

/** The app's hooks may change it, and Mongoose casts it: neither of them what the store has in hand. */
function hookable({ $set, ...others }: Fields): Fields {
  const sent: Fields = {}
  for (const [path, value] of Object.entries($set as Fields)) {
    // The app's own fields are the schema's to cast
    const isPayload = path === 'session' || path.startsWith('session.')
    sent[path] = isPayload ? withOpaqueValues(value) : value
  }
  return { ...others, $set: sent }
}

/** The app's filter is at fault, and no server: by the names of its path and type, not by its value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`\`${path}\` is given what is no ${kind}`, error)
}
