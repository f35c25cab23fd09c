/** Queries through Mongoose, for a model on which the app has hung something that has to run. */
import type { Outcome } from './batching'
import { hasOwnIdeas, pathOf } from './middleware'
import type { SessionModel } from './model'
import {
  DONE,
  type FieldNames,
  type Fields,
  PLAIN_VALUES,
  type Queries,
  type Write,
} from './queries'

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
  readonly #wrap: boolean

  constructor(model: SessionModel, { idField, expiresKey }: FieldNames) {
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
    const path = pathOf(model, 'session')
    this.#wrap = path?.instance === 'Mixed' && !hasOwnIdeas(path)
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
    if ('remove' in write) return this.#model.deleteOne(write.remove, OPTIONS).exec()
    const { filter, update, upsert } = write
    const sent = this.#wrap ? asIs(update) : update
    return this.#model.updateOne(this.#trusted(filter), sent, { ...OPTIONS, upsert }).exec()
  }

  writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    return Promise.all(writes.map((write) => this.write(write).then(() => DONE)))
  }

  list(filter: Fields): AsyncIterable<Fields> {
    const query = this.#model.find(this.#trusted(filter), this.#projection, this.#readOptions)
    return query.cursor() as unknown as AsyncIterable<Fields>
  }

  async count(filter: Fields): Promise<number> {
    return Number(await this.#model.countDocuments(this.#trusted(filter), OPTIONS).exec())
  }

  async removeAll(filter: Fields): Promise<number> {
    return (await this.#model.deleteMany(this.#trusted(filter), OPTIONS).exec()).deletedCount
  }

  listMatching(filter: Fields, live: Fields): AsyncIterable<Fields> {
    const both = { $and: [this.#trusted(live), filter] }
    const query = this.#model.find(both, this.#projection, { ...this.#readOptions, ...AS_GIVEN })
    return query.cursor() as unknown as AsyncIterable<Fields>
  }

  async removeMatching(filter: Fields): Promise<number> {
    const query = this.#model.deleteMany(filter, { ...OPTIONS, ...AS_GIVEN })
    return (await query.exec()).deletedCount
  }

  /** Our operators are our own, and no user's: for an app that has set `sanitizeFilter`. */
  #trusted(filter: Fields): Fields {
    const trusted: Fields = {}
    for (const [key, value] of Object.entries(filter)) {
      if (Array.isArray(value)) trusted[key] = value.map((each) => this.#trusted(each as Fields))
      else if (isOperators(value)) trusted[key] = this.#model.base.trusted({ ...value })
      else trusted[key] = value
    }
    return trusted
  }
}

function isOperators(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

/**
 * Passes through Mongoose's casting by reference. Casting would copy the payload, and leave out what
 * its copies have no form for; the driver asks for `toBSON`.
 */
class AsIs {
  constructor(readonly value: unknown) {}
  toBSON(): unknown {
    return this.value
  }
}

function asIs({ $set, ...others }: Fields): Fields {
  const wrapped: Fields = {}
  for (const [path, value] of Object.entries($set as Fields)) {
    // The app's own fields are the schema's to cast
    const isPayload = path === 'session' || path.startsWith('session.')
    wrapped[path] = isPayload ? new AsIs(value) : value
  }
  return { ...others, $set: wrapped }
}
