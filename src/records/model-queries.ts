/** The queries of the Session model by session id, or for all records. */

import type { mongo } from 'mongoose'
import { BulkWrite } from './bulk-write'
import type { SessionModel } from './model'
import { bsonVersionOf, opaque, withOpaqueValues } from './opaque-values'
import {
  type Bytes,
  type Cursor,
  DONE,
  type FieldNames,
  type Fields,
  failed,
  foundBy,
  issued,
  NO_TRANSACTION,
  type Outcome,
  PLAIN_VALUES,
  type Write,
} from './queries'
import {
  hasBulkWriteMiddleware,
  hasFindMiddleware,
  hasValidators,
  mixedPathsOf,
  needsSingleOperations,
  projectionFor,
} from './schema-introspection'
import { sanitizes, trust } from './trusted-filter'
import { WriteErrors } from './write-errors'

/**
 * A batch is a `find` or a `bulkWrite`; a lone operation is a query of its own, such as `findOne`. The
 * app's plugins and middleware run for them.
 */
export class ModelQueries {
  /** Whether many operations may go out as one query; not if middleware, setters or the like need single ones. */
  readonly canBatch: boolean
  /**
   * Records are read as bytes, unless the app's middleware sees them: a later `set` compares with the
   * stored bytes, and a record that cannot be decoded must not fail the others.
   */
  readonly readOptions: object
  /** The projection of every query that reads records; `null` for all fields. */
  readonly projection: string | null
  readonly #model: SessionModel
  readonly #idField: string
  readonly #errors: WriteErrors
  readonly #writeOptions: object
  readonly #bulkOptions: object
  readonly #readsBytes: boolean
  /** The schema's Mixed paths, which take any value as it is. */
  readonly #mixed: ReadonlySet<string>
  /** Whether the app's middleware sees single writes, and bulk writes. */
  readonly #isSeen: boolean
  readonly #isSeenInBulk: boolean
  readonly #bsonVersion: unknown

  constructor(model: SessionModel, names: FieldNames & { readonly fields?: unknown }) {
    const { idField } = names
    this.#model = model
    this.#idField = idField
    this.#bsonVersion = bsonVersionOf(model.base.mongo.ObjectId.prototype)
    this.#errors = new WriteErrors(model.base.mongo)
    this.canBatch = !needsSingleOperations(model, names)
    this.#isSeen = !this.canBatch
    this.#isSeenInBulk = hasBulkWriteMiddleware(model)
    this.#readsBytes = this.canBatch && !hasFindMiddleware(model)
    // Session ids are compared byte by byte, and the index of `_id` has the collection's collation
    const common = { ...NO_TRANSACTION, collation: undefined }
    const { readConcern, writeConcern } = model.schema.options as Concerns
    this.readOptions = {
      ...common,
      // Early versions of Mongoose do not apply the schema's read concern
      ...(readConcern && { readConcern }),
      lean: true,
      ...(this.#readsBytes ? { raw: true } : AS_OBJECTS),
    }
    // Reads the store's fields even if the app's schema says `select: false`
    this.projection = projectionFor(model, names)
    // With a codec, the path may be a String or a Buffer, which takes no opaque value
    this.#mixed = mixedPathsOf(model)
    // Mongoose runs the validators of an update only with `runValidators`
    this.#writeOptions = hasValidators(model, names) ? { ...common, runValidators: true } : common
    // Mongoose applies the schema's write concern to queries, but not to a bulk write
    const hasConcern = writeConcern && Object.keys(writeConcern).length > 0
    this.#bulkOptions = {
      ...NO_TRANSACTION,
      skipValidation: true,
      ...(hasConcern && { writeConcern }),
    }
  }

  find(filter: Fields): Promise<Bytes | Fields | null> {
    const query = this.#model.findOne(this.trusted(filter), this.projection, this.readOptions)
    const found = query.exec() as Promise<Bytes | Fields | null>
    return this.#readsBytes ? found : found.catch((error) => this.#findBytes(filter, error))
  }

  async findMany(ids: readonly string[]): Promise<readonly (Bytes | Fields)[]> {
    // One more than there can be, so that the server closes the cursor with its first answer
    const options = { ...this.readOptions, batchSize: ids.length + 1 }
    const filter = this.trusted({ [this.#idField]: { $in: ids } })
    try {
      const query = this.#model.find(filter, this.projection, options)
      return (await query.exec()) as unknown as (Bytes | Fields)[]
    } catch (error) {
      // One record cannot be decoded for the middleware of the app: reads each by itself, as bytes
      const all = ids.map((id) => this.#findBytes({ [this.#idField]: id }, error))
      return (await Promise.all(all)).filter((found) => found !== null)
    }
  }

  /** Reads as bytes the record that could not be decoded for the middleware of the app. */
  async #findBytes(filter: Fields, error: unknown): Promise<Bytes | null> {
    if (this.#readsBytes || !this.#errors.isAboutReading(error)) throw error
    const options = { ...this.readOptions, raw: true }
    return (await this.#model.findOne(filter, this.projection, options).exec()) as Bytes | null
  }

  list(filter: Fields): AsyncIterable<Bytes | Fields> {
    const query = this.#model.find(this.trusted(filter), this.projection, this.readOptions)
    return foundBy(query.cursor() as Cursor)
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) return this.#remove(write.remove, write.isOne)
    const filter = this.trusted(this.#asStored(write.filter))
    const options = { ...this.#writeOptions, upsert: write.upsert }
    if ('replacement' in write) {
      return this.#model.replaceOne(filter, this.#replacement(write.replacement), options).exec()
    }
    return this.#model.updateOne(filter, this.#update(write.update, this.#isSeen), options).exec()
  }

  /** The outcome of each write; rejects if all failed for the same reason. */
  async writeMany(writes: readonly Write[]): Promise<readonly Outcome[]> {
    const bulk = new BulkWrite(writes.map(this.#bulkOperation), this.#idField)
    let outcomes: Outcome[]
    try {
      await this.#bulkWrite(bulk, false)
      outcomes = writes.map(() => DONE)
    } catch (error) {
      const told = this.#errors.outcomesOf(error, bulk)
      if (told) outcomes = told
      else {
        const cause = this.#errors.causeOf(error)
        if (!this.#errors.isRefusal(cause)) throw cause
        // One write was refused, and the others with it: sends each by itself to find out which
        return Promise.all(writes.map((write) => this.#outcomeOf(write)))
      }
    }
    // Mongoose did not send what it could not cast: a write by itself gives the error
    for (const i of bulk.uncast()) outcomes[i] = await this.#outcomeOf(writes[i] as Write)
    return outcomes
  }

  /** Writes one after the other, up to the first that is refused: its outcome is the last one. */
  async writeInOrder(writes: readonly Write[]): Promise<readonly Outcome[]> {
    if (!this.canBatch) {
      for (const write of writes) await this.write(write)
      return writes.map(() => DONE)
    }
    const bulk = new BulkWrite(writes.map(this.#bulkOperation), this.#idField)
    try {
      await this.#bulkWrite(bulk, true)
      return writes.map(() => DONE)
    } catch (error) {
      const told = this.#errors.outcomesUpTo(error)
      if (!told) throw this.#errors.causeOf(error)
      return told
    }
  }

  /** Whether the write itself is at fault, so that nothing of it was done. */
  isRefusal(error: unknown): boolean {
    return this.canBatch && this.#errors.isRefusal(error)
  }

  async count(filter: Fields): Promise<number> {
    // Here and below whatever is set: a hook may do so for these queries alone
    const query = this.#model.countDocuments(trust(filter, this.#model), NO_TRANSACTION)
    return Number(await query.exec())
  }

  async removeAll(filter: Fields): Promise<number> {
    const query = this.#model.deleteMany(trust(filter, this.#model), NO_TRANSACTION)
    return deletedBy(await query.exec())
  }

  /** Marks the store's own operators as trusted, for an app that has set `sanitizeFilter`. */
  trusted(filter: Fields): Fields {
    // Middleware may set `sanitizeFilter` for a query
    const isSafe = this.#readsBytes && !this.#isSeenInBulk && sanitizes(this.#model) === undefined
    return isSafe ? filter : trust(filter, this.#model)
  }

  /** One by one if the app has middleware for `deleteOne`. */
  async #remove(filter: Fields, isOne: boolean): Promise<void> {
    if (this.canBatch && !isOne) {
      await this.#model.deleteMany(this.trusted(filter), this.#writeOptions).exec()
      return
    }
    for (;;) {
      const query = this.#model.deleteOne(this.trusted(filter), this.#writeOptions)
      const deletedCount = deletedBy(await query.exec())
      if (isOne || deletedCount === 0) return
    }
  }

  #outcomeOf(write: Write): Promise<Outcome> {
    return issued(() => this.write(write)).then(
      () => DONE,
      (error: unknown) => failed(error),
    )
  }

  #bulkWrite({ operations }: BulkWrite, ordered: boolean): Promise<unknown> {
    return this.#model.bulkWrite(operations as never, { ...this.#bulkOptions, ordered })
  }

  readonly #bulkOperation = (write: Write): mongo.AnyBulkWriteOperation<Fields> => {
    if ('remove' in write) {
      const removal = { filter: this.trusted({ ...write.remove }) }
      return write.isOne ? { deleteOne: removal } : { deleteMany: removal }
    }
    const filter = this.trusted({ ...write.filter })
    const { upsert } = write
    if ('replacement' in write) {
      return { replaceOne: { filter, replacement: this.#replacement(write.replacement), upsert } }
    }
    return { updateOne: { filter, update: this.#update(write.update, this.#isSeenInBulk), upsert } }
  }

  /** A new object: Mongoose casts an update in place, and the app's middleware may change it. */
  #update(update: Fields, isSeen: boolean): Fields {
    if (this.#mixed.size === 0) return update
    const { $set, ...others } = update
    const sent: Fields = {}
    for (const path in $set as Fields) {
      const value = ($set as Fields)[path]
      // The schema casts the app's other fields
      if (!this.#isMixed(path)) sent[path] = value
      else sent[path] = isSeen ? withOpaqueValues(value, this.#bsonVersion) : opaque(value)
    }
    return { ...others, $set: sent }
  }

  #replacement(replacement: Fields): Fields {
    const sent = { ...replacement }
    // Opaque as a whole: Mongoose leaves out the empty objects of a document
    for (const path of this.#mixed) if (path in sent) sent[path] = opaque(sent[path])
    return sent
  }

  /** A session that is compared is what was found: Mongoose would look for another. */
  #asStored(filter: Fields): Fields {
    const { session } = filter
    if (session === undefined || !this.#mixed.has('session')) return filter
    return { ...filter, session: { $eq: opaque((session as { $eq: unknown }).$eq) } }
  }

  #isMixed(path: string): boolean {
    return this.#mixed.has(path) || (path.startsWith('session.') && this.#mixed.has('session'))
  }
}

/** A hook can keep a query from being sent (`skipMiddlewareFunction`): it has no result then. */
export function deletedBy(result: { readonly deletedCount?: number } | undefined): number {
  return result?.deletedCount ?? 0
}

const AS_OBJECTS = {
  ...PLAIN_VALUES,
  raw: false,
  bsonRegExp: false,
  // The driver's default, `{}`, inherits `constructor` and the like: arrays of such names would come as bytes
  fieldsAsRaw: false,
} as const

interface Concerns {
  readonly readConcern?: mongo.ReadConcernLike
  readonly writeConcern?: mongo.WriteConcern
}
