/** Queries that read records: by session id, or all of them. */

import type { mongo } from 'mongoose'
import { trust, trustedFor } from './checked-filter'
import type { SessionModel } from './model'
import { type Bytes, type FieldNames, type Fields, NO_TRANSACTION, PLAIN_VALUES } from './queries'
import { type Cursor, iterateCursor, iterateDecoded } from './record-cursor'
import { projectionFor, type SchemaTraits } from './schema-introspection'

/** A batch is a `find`, a lone operation a `findOne`. The app's plugins and middleware run for them. */
export class ModelReads {
  /** The options of a list, which reads bytes. */
  readonly listOptions: object
  /** The projection of every query; `null` for all fields. */
  readonly projection: string | null
  readonly #model: SessionModel
  readonly #idField: string
  readonly #options: object
  readonly #readsBytes: boolean
  readonly #trusted: (filter: Fields) => Fields

  constructor(model: SessionModel, names: FieldNames, traits: SchemaTraits) {
    this.#model = model
    this.#idField = names.idField
    this.#trusted = trustedFor(model, traits)
    // A later `set` compares with the stored bytes, and a record that cannot be decoded must not fail the
    // others. Middleware of the app's sees objects.
    this.#readsBytes = traits.canBatch && !traits.hasFindMiddleware
    const { readConcern } = model.schema.options as { readConcern?: mongo.ReadConcernLike }
    const options = {
      ...NO_TRANSACTION,
      // Session ids are compared byte by byte, and the index of `_id` has the collection's collation
      collation: undefined,
      // Early versions of Mongoose do not apply the schema's read concern
      ...(readConcern && { readConcern }),
      lean: true,
    }
    this.listOptions = { ...options, raw: true }
    this.#options = this.#readsBytes ? this.listOptions : { ...options, ...AS_OBJECTS }
    // Reads the store's fields even if the app's schema says `select: false`
    this.projection = projectionFor(model, names)
  }

  find(filter: Fields): Promise<Bytes | Fields | null> {
    const query = this.#model.findOne(this.#trusted(filter), this.projection, this.#options)
    const found = query.exec() as Promise<Bytes | Fields | null>
    return this.#readsBytes ? found : found.catch((error) => this.#findBytes(filter, error))
  }

  async findMany(ids: readonly string[]): Promise<readonly (Bytes | Fields)[]> {
    // One more than there can be, so that the server closes the cursor with its first answer
    const options = { ...this.#options, batchSize: ids.length + 1 }
    const filter = this.#trusted({ [this.#idField]: { $in: ids } })
    try {
      const query = this.#model.find(filter, this.projection, options)
      // A hook that keeps the query from being sent (`skipMiddlewareFunction`) leaves no result
      return ((await query.exec()) ?? []) as unknown as (Bytes | Fields)[]
    } catch (error) {
      // One record cannot be decoded for the middleware of the app: reads each by itself, as bytes
      const all = ids.map((id) => this.#findBytes({ [this.#idField]: id }, error))
      return (await Promise.all(all)).filter((found) => found !== null)
    }
  }

  /** Reads as bytes the record that could not be decoded for the middleware of the app. */
  async #findBytes(filter: Fields, error: unknown): Promise<Bytes | null> {
    if (this.#readsBytes || !this.#isUndecodable(error)) throw error
    const options = { ...this.#options, raw: true }
    return (await this.#model.findOne(filter, this.projection, options).exec()) as Bytes | null
  }

  /** Whether a record could not be decoded: the server is not at fault. */
  #isUndecodable(error: unknown): boolean {
    return error instanceof this.#model.base.mongo.BSON.BSONError || error instanceof SyntaxError
  }

  list(filter: Fields): AsyncIterable<Bytes | Fields> {
    const query = this.#model.find(this.#trusted(filter), this.projection, this.listOptions)
    return this.iterate(query)
  }

  /** Each record that a query with `listOptions` finds. */
  iterate(query: { cursor(): unknown }): AsyncGenerator<Bytes | Fields> {
    const cursor = query.cursor() as Cursor
    return this.#readsBytes ? iterateCursor(cursor) : iterateDecoded(cursor, this.#decode)
  }

  readonly #decode = (bytes: Bytes): Fields =>
    this.#model.base.mongo.BSON.deserialize(bytes, PLAIN_VALUES)

  async count(filter: Fields): Promise<number> {
    // Whatever is set: a hook may do so for this query alone
    const query = this.#model.countDocuments(trust(filter, this.#model), NO_TRANSACTION)
    return Number((await query.exec()) ?? 0)
  }
}

const AS_OBJECTS = {
  ...PLAIN_VALUES,
  raw: false,
  bsonRegExp: false,
  // The driver's default, `{}`, inherits `constructor` and the like: arrays of such names would come as bytes
  fieldsAsRaw: false,
} as const
