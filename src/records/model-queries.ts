/** Every query of the Session model. */

import type { mongo } from 'mongoose'
import type { MongoDBStoreError } from '../errors'
import type { Outcome } from './batcher'
import { refused } from './checked-filter'
import type { SessionModel } from './model'
import { bsonVersionOf, StandIn, withStandIns } from './opaque-values'
import {
  type Bytes,
  DONE,
  type FieldNames,
  type Fields,
  issued,
  PLAIN_VALUES,
  type Write,
} from './queries'
import {
  hasFindMiddleware,
  hasValidators,
  needsSingleOperations,
  pathOf,
} from './schema-introspection'
import { faultOfUntrusted, sanitizes, trust } from './trusted-filter'
import { type WriteErrorLike, WriteErrors, writeErrorsOf } from './write-errors'

interface QueryCursor {
  next(): Promise<unknown>
  close(): Promise<unknown>
}

/** Mongoose's types do not know that `session: null` opts out of `transactionAsyncLocalStorage`. */
const OPTIONS = { session: null } as object

/** No condition that the app has set may be left out: the rest would match more. */
const AS_GIVEN = { strictQuery: false, ignoreUndefined: false } as object

/**
 * By Mongoose: batches by `find` and `bulkWrite`, others by queries of single operations, with whatever
 * the app has hung on them.
 */
export class ModelQueries {
  /** Whether many operations may go out as one; not where each has to pass what the app has hung on it. */
  readonly canBatch: boolean
  readonly #model: SessionModel
  readonly #idField: string
  readonly #errors: WriteErrors
  readonly #readOptions: object
  readonly #projection: string
  readonly #writeOptions: object
  readonly #bulkOptions: object
  readonly #isPlain: boolean
  readonly #readsBytes: boolean
  readonly #bsonVersion: unknown

  constructor(model: SessionModel, names: FieldNames & { readonly fields?: unknown }) {
    const { idField, expiresKey } = names
    this.#model = model
    this.#idField = idField
    this.#bsonVersion = bsonVersionOf(model.base.mongo.ObjectId.prototype)
    this.#errors = new WriteErrors(model.base.mongo)
    this.canBatch = !needsSingleOperations(model, names)
    this.#readsBytes = this.canBatch && !hasFindMiddleware(model)
    // A session id is the same byte by byte, and the index of `_id` has the collation of the collection
    const common = this.canBatch ? { ...OPTIONS, collation: undefined } : OPTIONS
    const { readConcern } = model.schema.options as { readConcern?: mongo.ReadConcernLike }
    this.#readOptions = {
      ...common,
      // Early versions of Mongoose do not apply the schema's
      ...(this.canBatch && readConcern && { readConcern }),
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
    this.#writeOptions = hasValidators(model, names) ? { ...common, runValidators: true } : common
    this.#bulkOptions = { ...OPTIONS, skipValidation: true, ...writeConcernOf(model) }
  }

  async find(filter: Fields): Promise<Bytes | Fields | null> {
    try {
      return await this.#findOne(filter, this.#readOptions)
    } catch (error) {
      if (!this.#readsBytes || !this.#isAboutTheRecord(error)) throw error
      // BSON can hold what JavaScript has no form for: its other fields can be read all the same
      return this.#findOne(filter, { ...this.#readOptions, raw: true })
    }
  }

  #findOne(filter: Fields, options: object): Promise<Fields | null> {
    const query = this.#model.findOne(this.#trusted(filter), this.#projection, options)
    return query.exec() as Promise<Fields | null>
  }

  async findMany(ids: readonly string[]): Promise<Map<string, Bytes | Fields>> {
    const byId = new Map<string, Bytes | Fields>()
    // One more than there can be: the server then closes the cursor with its first answer
    const options = { ...this.#readOptions, batchSize: ids.length + 1 }
    const filter = this.#trusted({ [this.#idField]: { $in: ids } })
    try {
      const query = this.#model.find(filter, this.#projection, options)
      for (const found of (await query.exec()) as unknown as Fields[]) {
        byId.set(found[this.#idField] as string, found)
      }
    } catch (error) {
      if (!this.#isAboutTheRecord(error)) throw error
      await Promise.all(
        ids.map(async (id) => {
          const found = await this.find({ [this.#idField]: id })
          if (found) byId.set(id, found)
        }),
      )
    }
    return byId
  }

  /** Whether what was read cannot be decoded, and no server is at fault. */
  #isAboutTheRecord(error: unknown): boolean {
    const { BSONError } = this.#model.base.mongo.BSON
    return error instanceof BSONError || error instanceof SyntaxError
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) return this.#remove(write.remove, write.isOne)
    const filter = this.#trusted(write.filter)
    const options = { ...this.#writeOptions, upsert: write.upsert }
    if ('replacement' in write) {
      return this.#model.replaceOne(filter, this.#replacement(write), options).exec()
    }
    return this.#model.updateOne(filter, this.#update(write.update), options).exec()
  }

  #update(update: Fields): Fields {
    return this.#isPlain ? hookable(update, this.#bsonVersion) : update
  }

  #replacement({ replacement }: Extract<Write, { replacement: Fields }>): Fields {
    if (!this.#isPlain) return replacement
    // Whole: Mongoose leaves out the empty objects of a document
    return { ...replacement, session: new StandIn(replacement.session) }
  }

  /** One after the other: it is `deleteOne` that the app may have hung something on. */
  async #remove(filter: Fields, isOne: boolean): Promise<void> {
    if (this.canBatch && !isOne) {
      await this.#model.deleteMany(this.#trusted(filter), this.#writeOptions).exec()
      return
    }
    for (;;) {
      const query = this.#model.deleteOne(this.#trusted(filter), this.#writeOptions)
      const { deletedCount } = await query.exec()
      if (isOne || !deletedCount) return
    }
  }

  async writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    const bulk = new BulkWrite(
      writes.map((write) => this.#bulkOperation(write)),
      this.#idField,
    )
    try {
      await this.#bulkWrite(bulk, false)
    } catch (error) {
      const failed = writeErrorsOf(error)
      if (failed.length > 0) {
        const unconfirmed = this.#errors.writeConcernErrorOf(error)
        const others = unconfirmed ? { error: unconfirmed } : DONE
        const outcomes: Outcome<unknown>[] = writes.map(() => others)
        for (const each of failed) outcomes[bulk.indexOf(each)] = { error: each }
        return this.#eachUncast(writes, bulk, outcomes)
      }
      const cause = this.#errors.causeOf(error)
      if (!this.#errors.isRefusal(cause)) throw cause
      // One of them was refused, and the others with it: each alone shows which
      return Promise.all(writes.map((write) => this.#outcomeOf(write)))
    }
    return this.#eachUncast(
      writes,
      bulk,
      writes.map(() => DONE),
    )
  }

  /** What Mongoose could not cast was not sent, and goes by itself to tell why. */
  async #eachUncast(
    writes: readonly Write[],
    bulk: BulkWrite,
    outcomes: Outcome<unknown>[],
  ): Promise<Outcome<unknown>[]> {
    for (const i of bulk.uncast()) outcomes[i] = await this.#outcomeOf(writes[i] as Write)
    return outcomes
  }

  #outcomeOf(write: Write): Promise<Outcome<unknown>> {
    return issued(() => this.write(write)).then(
      () => DONE,
      (error: unknown) => ({ error }),
    )
  }

  async writeInOrder(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    if (!this.canBatch) {
      for (const write of writes) await this.write(write)
      return writes.map(() => DONE)
    }
    const bulk = new BulkWrite(
      writes.map((write) => this.#bulkOperation(write)),
      this.#idField,
    )
    try {
      await this.#bulkWrite(bulk, true)
      return writes.map(() => DONE)
    } catch (error) {
      const [failed] = writeErrorsOf(error)
      if (!failed) throw this.#errors.causeOf(error)
      const unconfirmed = this.#errors.writeConcernErrorOf(error)
      const done = unconfirmed ? { error: unconfirmed } : DONE
      return [...writes.slice(0, failed.index).map(() => done), { error: failed }]
    }
  }

  #bulkWrite({ operations }: BulkWrite, ordered: boolean): Promise<unknown> {
    return this.#model.bulkWrite(operations as never, { ...this.#bulkOptions, ordered })
  }

  #bulkOperation(write: Write): BulkOperation {
    if ('remove' in write) {
      const removal = { filter: this.#trusted({ ...write.remove }) }
      return write.isOne ? { deleteOne: removal } : { deleteMany: removal }
    }
    const filter = this.#trusted({ ...write.filter })
    const { upsert } = write
    if ('replacement' in write) {
      return { replaceOne: { filter, replacement: this.#replacement(write), upsert } }
    }
    return { updateOne: { filter, update: this.#update(write.update), upsert } }
  }

  isRefusal(error: unknown): boolean {
    return this.canBatch && this.#errors.isRefusal(error)
  }

  list(filter: Fields): AsyncIterable<Bytes | Fields> {
    // As bytes if nothing of the app's sees them: one that cannot be decoded would end the list for all
    const options = { ...this.#readOptions, raw: this.#readsBytes }
    const query = this.#model.find(this.#trusted(filter), this.#projection, options)
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
    if (this.#readsBytes && sanitizes(this.#model) === undefined) return filter
    return trust(filter, this.#model)
  }
}

type BulkOperation =
  | { deleteOne: { filter: Fields } }
  | { deleteMany: { filter: Fields } }
  | { replaceOne: { filter: Fields; replacement: Fields; upsert: boolean } }
  | { updateOne: { filter: Fields; update: Fields; upsert: boolean } }

class BulkWrite {
  readonly operations: readonly BulkOperation[]
  readonly #idField: string
  readonly #ids: readonly unknown[]
  readonly #given: readonly (Fields | undefined)[]

  constructor(operations: readonly BulkOperation[], idField: string) {
    this.operations = operations
    this.#idField = idField
    this.#ids = operations.map((each) => filterOf(each)[idField])
    this.#given = operations.map(contentOf)
  }

  /** Whose the error is. By the session id: early versions of Mongoose sort what they send as text. */
  indexOf(error: WriteErrorLike): number {
    const { q } = (error.getOperation?.() ?? {}) as { q?: Fields }
    const index = this.#ids.indexOf(q?.[this.#idField])
    return index < 0 ? error.index : index
  }

  /** Those that still hold what was given: Mongoose puts what it has cast in its place. */
  uncast(): number[] {
    return this.#given.flatMap((given, i) =>
      given !== undefined && contentOf(this.operations[i] as BulkOperation) === given ? [i] : [],
    )
  }
}

function contentOf(operation: BulkOperation): Fields | undefined {
  if ('updateOne' in operation) return operation.updateOne.update
  return 'replaceOne' in operation ? operation.replaceOne.replacement : undefined
}

function filterOf(operation: BulkOperation): Fields {
  const [{ filter }] = Object.values(operation) as [{ filter: Fields }]
  return filter
}

/** What the app's schema says; Mongoose applies it to queries, and not to a bulk write. */
function writeConcernOf({ schema }: SessionModel): { writeConcern?: mongo.WriteConcern } {
  const { writeConcern } = schema.options as { writeConcern?: mongo.WriteConcern }
  return writeConcern && Object.keys(writeConcern).length > 0 ? { writeConcern } : {}
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
function hookable({ $set, ...others }: Fields, bsonVersion: unknown): Fields {
  const sent: Fields = {}
  for (const [path, value] of Object.entries($set as Fields)) {
    // The app's own fields are the schema's to cast
    const isPayload = path === 'session' || path.startsWith('session.')
    sent[path] = isPayload ? withStandIns(value, bsonVersion) : value
  }
  return { ...others, $set: sent }
}

/** The app's filter is at fault, and no server: by the names of its path and type, not by its value. */
function uncastable(error: unknown): unknown {
  const { name, path, kind } = (error ?? {}) as { name?: unknown; path?: unknown; kind?: unknown }
  if (!(error instanceof Error) || name !== 'CastError') return error
  return refused(`\`${path}\` is given what is no ${kind}`, error)
}
