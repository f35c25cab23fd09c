/** The two ways to the collection: past Mongoose, or through it where the app's middleware has to run. */
import type { mongo } from 'mongoose'
import type { Outcome } from './batching'
import type { SessionModel } from './model'

type Fields = Record<string, unknown>

/** One write to one record. */
export type Write =
  | { readonly remove: Fields }
  | { readonly filter: Fields; readonly update: Fields; readonly upsert: boolean }

/** A record as BSON. */
type Bytes = Uint8Array

/** @internal */
export interface Queries {
  /** Whether many operations may go out as one; not where each has to pass the app's middleware. */
  readonly canBatch: boolean
  find(filter: Fields): Promise<Bytes | Fields | null>
  findMany(filter: Fields, count: number): Promise<(Bytes | Fields)[]>
  write(write: Write): Promise<unknown>
  /** For each write its outcome; rejects where all have failed for one reason. */
  writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]>
  list(filter: Fields): AsyncIterable<Bytes | Fields>
  count(filter: Fields): Promise<number>
  removeAll(filter: Fields): Promise<number>
}

/** The fields of a record, as the options name them. */
export interface FieldNames {
  readonly idField: string
  readonly expiresKey: string
}

export function queriesOf(model: SessionModel, names: FieldNames): Queries {
  return needsMongoose(model, names) ? new ModelQueries(model, names) : new CollectionQueries(model)
}

const DONE = { value: undefined }

/**
 * By the driver's own operations. Mongoose's casting has nothing to add to a record whose shape is
 * known, and costs a tenth to a quarter of an operation; `model.collection` is still Mongoose's, so
 * that its buffering, debug output and events are as ever.
 */
class CollectionQueries implements Queries {
  readonly canBatch = true
  readonly #collection: mongo.Collection<Fields>
  readonly #mongo: typeof mongo

  constructor(model: SessionModel) {
    this.#collection = model.collection as unknown as mongo.Collection<Fields>
    this.#mongo = model.base.mongo
  }

  find(filter: Fields): Promise<Bytes | null> {
    return this.#collection.findOne(filter, { raw: true }) as Promise<Bytes | null>
  }

  findMany(filter: Fields, count: number): Promise<Bytes[]> {
    // One more than there can be: the server then closes the cursor with its first answer
    const options = { raw: true, batchSize: count + 1 }
    return this.#collection.find(filter, options).toArray() as unknown as Promise<Bytes[]>
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) return this.#collection.deleteOne(write.remove)
    return this.#collection.updateOne(write.filter, write.update, { upsert: write.upsert })
  }

  async writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    const operations = writes.map((write) =>
      'remove' in write ? { deleteOne: { filter: write.remove } } : { updateOne: write },
    )
    try {
      await this.#collection.bulkWrite(operations, { ordered: false })
      return writes.map(() => DONE)
    } catch (error) {
      const failed = writeErrorsOf(error)
      if (failed.length > 0) {
        const outcomes: Outcome<unknown>[] = writes.map(() => DONE)
        for (const writeError of failed) outcomes[writeError.index] = { error: writeError }
        return outcomes
      }
      if (this.#concernsAll(error)) throw error
      // One of them was refused as a whole: each alone shows which. They can be repeated, all of them
      return Promise.all(
        writes.map((write) =>
          this.write(write).then(
            () => DONE,
            (error: unknown) => ({ error }),
          ),
        ),
      )
    }
  }

  list(filter: Fields): AsyncIterable<Bytes> {
    return this.#collection.find(filter, { raw: true }) as unknown as AsyncIterable<Bytes>
  }

  async count(filter: Fields): Promise<number> {
    // A BigInt or a Long, where the connection's options say so
    return Number(await this.#collection.countDocuments(filter))
  }

  async removeAll(filter: Fields): Promise<number> {
    return (await this.#collection.deleteMany(filter)).deletedCount
  }

  /** The server, or the way to it, and not what was sent. */
  #concernsAll(error: unknown): boolean {
    const { MongoError, MongoServerError, MongoInvalidArgumentError } = this.#mongo
    if (!(error instanceof MongoError)) return false
    if (error.hasErrorLabel('RetryableWriteError')) return true
    return !(error instanceof MongoServerError || error instanceof MongoInvalidArgumentError)
  }
}

/** Mongoose's types do not know that `session: null` opts out of `transactionAsyncLocalStorage`. */
const OPTIONS = { session: null } as object

/** By Mongoose's queries, one for each operation, with whatever the app has hung on them. */
class ModelQueries implements Queries {
  readonly canBatch = false
  readonly #model: SessionModel
  readonly #readOptions: object
  readonly #projection: string
  readonly #wrap: boolean

  constructor(model: SessionModel, { idField, expiresKey }: FieldNames) {
    this.#model = model
    this.#readOptions = { ...OPTIONS, ...PLAIN_VALUES, raw: false, bsonRegExp: false, lean: true }
    // Also where the app's schema says `select: false`
    this.#projection = `+${idField} +session +${expiresKey}`
    this.#wrap = !hasOwnIdeas(pathOf(model, 'session'))
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

/** Fixed, since an app's settings could make `get` return what `JSON.stringify` refuses. */
export const PLAIN_VALUES = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: true,
  useBigInt64: false,
} as const

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
    wrapped[path] = value instanceof Date ? value : new AsIs(value)
  }
  return { ...others, $set: wrapped }
}

interface Hook {
  readonly query?: boolean
}

interface SchemaInternals {
  readonly s?: { readonly hooks?: Record<'_pres' | '_posts', ReadonlyMap<string, readonly Hook[]>> }
  readonly discriminatorMapping?: unknown
  eachPath(each: (path: string, type: { readonly defaultValue?: unknown }) => void): void
}

interface PathInternals {
  readonly setters?: readonly unknown[]
  readonly validators?: readonly unknown[]
}

function pathOf(model: SessionModel, path: string): PathInternals | undefined {
  return model.schema.path(path) as unknown as PathInternals | undefined
}

/** Whether the app's schema has a say in what is written to a path. */
function hasOwnIdeas(path: PathInternals | undefined): boolean {
  return Boolean(path?.setters?.length || path?.validators?.length)
}

/** Whether a query through Mongoose would do anything that the driver's own does not. */
function needsMongoose(model: SessionModel, { idField, expiresKey }: FieldNames): boolean {
  const schema = model.schema as unknown as SchemaInternals
  if (schema.discriminatorMapping || model.base.get('runValidators')) return true
  let hasDefaults = false
  schema.eachPath((path, { defaultValue }) => {
    if (path !== '_id' && defaultValue !== undefined) hasDefaults = true
  })
  const written = [idField, 'session', expiresKey].map((path) => pathOf(model, path))
  return hasDefaults || written.some(hasOwnIdeas) || hasQueryMiddleware(schema)
}

/** Timestamps are middleware too. */
function hasQueryMiddleware({ s }: SchemaInternals): boolean {
  const hooks = s?.hooks
  if (!hooks) return true
  return ['find', 'findOne', 'updateOne', 'deleteOne'].some((query) =>
    [hooks._pres, hooks._posts].some((each) =>
      each.get(query)?.some((hook) => hook.query !== false),
    ),
  )
}

interface WriteErrorLike {
  readonly index: number
}

/** Which of a bulk write's operations have failed; empty where the server does not say. */
function writeErrorsOf(error: unknown): readonly WriteErrorLike[] {
  const { writeErrors } = (error ?? {}) as { writeErrors?: WriteErrorLike | WriteErrorLike[] }
  return writeErrors === undefined ? [] : Array.isArray(writeErrors) ? writeErrors : [writeErrors]
}
