/** Queries past Mongoose, by the driver's own operations. */
import type { mongo } from 'mongoose'
import { serverCodeOf } from '../errors'
import type { Outcome } from './batcher'
import type { SessionModel } from './model'
import { type Bytes, DONE, type Fields, issued, type Queries, type Write } from './queries'

/**
 * Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml) that speak of the server, and not
 * of what was sent, which may have been done.
 */
const ABOUT_THE_SERVER = [
  // Its time was up, or it was interrupted
  24, 50, 202, 237, 262, 290, 11601,
  // It shuts down, or is the primary no more
  91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
  // One that mongos asks could not be reached, or the way to it broke
  6, 7, 89, 9001,
]

/**
 * By the driver's own operations. Mongoose's casting has nothing to add to a record whose shape is
 * known, and costs a tenth to a quarter of an operation; `model.collection` is still Mongoose's, so
 * that its buffering, debug output and events are as ever.
 */
export class CollectionQueries implements Queries {
  readonly canBatch = true
  readonly #collection: mongo.Collection<Fields>
  readonly #mongo: typeof mongo
  readonly #reading: Concerns & { readonly raw: true }
  readonly #removing: Concerns
  readonly #updating: Concerns & { readonly upsert: false }
  readonly #upserting: Concerns & { readonly upsert: true }
  readonly #writingMany: Concerns & { readonly ordered: false }
  readonly #writingInOrder: Concerns & { readonly ordered: true }

  constructor(model: SessionModel) {
    this.#collection = model.collection as unknown as mongo.Collection<Fields>
    this.#mongo = model.base.mongo
    const { ofReads, ofWrites } = concernsOf(model)
    this.#reading = { ...ofReads, raw: true }
    this.#removing = ofWrites
    this.#updating = { ...ofWrites, upsert: false }
    this.#upserting = { ...ofWrites, upsert: true }
    this.#writingMany = { ...ofWrites, ordered: false }
    this.#writingInOrder = { ...ofWrites, ordered: true }
  }

  find(filter: Fields): Promise<Bytes | null> {
    return this.#collection.findOne(filter, this.#reading) as Promise<Bytes | null>
  }

  findMany(filter: Fields, count: number): Promise<Bytes[]> {
    // One more than there can be: the server then closes the cursor with its first answer
    const options = { ...this.#reading, batchSize: count + 1 }
    return this.#collection.find(filter, options).toArray() as unknown as Promise<Bytes[]>
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) {
      const { remove, isOne } = write
      return isOne
        ? this.#collection.deleteOne(remove, this.#removing)
        : this.#collection.deleteMany(remove, this.#removing)
    }
    if ('replacement' in write) {
      return this.#collection.replaceOne(write.filter, write.replacement, this.#upserting)
    }
    const options = write.upsert ? this.#upserting : this.#updating
    return this.#collection.updateOne(write.filter, write.update, options)
  }

  async writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    try {
      await this.#collection.bulkWrite(writes.map(bulkOperation), this.#writingMany)
      return writes.map(() => DONE)
    } catch (error) {
      const failed = writeErrorsOf(error)
      if (failed.length > 0) {
        const unconfirmed = this.#writeConcernErrorOf(error)
        const others = unconfirmed ? { error: unconfirmed } : DONE
        const outcomes: Outcome<unknown>[] = writes.map(() => others)
        for (const writeError of failed) outcomes[writeError.index] = { error: writeError }
        return outcomes
      }
      const cause = this.#causeOf(error)
      if (!this.isRefusal(cause)) throw cause
      // One of them was refused, and the others with it: each alone shows which
      return Promise.all(
        writes.map((write) =>
          issued(() => this.write(write)).then(
            () => DONE,
            (error: unknown) => ({ error }),
          ),
        ),
      )
    }
  }

  async writeInOrder(writes: readonly Write[]): Promise<Outcome<unknown>[]> {
    try {
      await this.#collection.bulkWrite(writes.map(bulkOperation), this.#writingInOrder)
      return writes.map(() => DONE)
    } catch (error) {
      const [failed] = writeErrorsOf(error)
      if (!failed) throw this.#causeOf(error)
      const unconfirmed = this.#writeConcernErrorOf(error)
      const done = unconfirmed ? { error: unconfirmed } : DONE
      return [...writes.slice(0, failed.index).map(() => done), { error: failed }]
    }
  }

  list(filter: Fields): AsyncIterable<Bytes> {
    return this.#collection.find(filter, this.#reading) as unknown as AsyncIterable<Bytes>
  }

  /** A bulk write makes a server's error of everything, also of what never reached the server. */
  #causeOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return error
    return error.errorResponse instanceof Error ? error.errorResponse : error
  }

  /** Where all was done, and not as widely as the write concern asks. */
  #writeConcernErrorOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return undefined
    return error.result.getWriteConcernError()
  }

  /**
   * Whether what was sent is at fault. Where the server or the way to it is, the writes may have been
   * done: done again, they would undo what others have written since.
   */
  isRefusal(cause: unknown): boolean {
    if (isWriteError(cause)) return true
    const { MongoError, MongoServerError, MongoBulkWriteError, MongoInvalidArgumentError } =
      this.#mongo
    // The driver passes on some errors of its sockets as they are; others are about what was sent
    if (!(cause instanceof MongoError)) return !isSystemError(cause)
    if (cause.hasErrorLabel('RetryableWriteError')) return false
    if (cause instanceof MongoBulkWriteError && this.#writeConcernErrorOf(cause)) return false
    if (ABOUT_THE_SERVER.includes(serverCodeOf(cause) ?? 0)) return false
    return cause instanceof MongoServerError || cause instanceof MongoInvalidArgumentError
  }
}

interface Concerns {
  readonly writeConcern?: NonNullable<mongo.WriteConcernOptions['writeConcern']>
  readonly readConcern?: mongo.ReadConcernLike
  readonly readPreference?: mongo.ReadPreferenceLike
}

/**
 * What the app's schema says, as Mongoose would apply it. Without its collation: a session id is the
 * same byte by byte, and the index of `_id` has the collation of the collection.
 */
function concernsOf({ schema }: SessionModel): { ofReads: Concerns; ofWrites: Concerns } {
  const { writeConcern, readConcern, read } = schema.options as {
    writeConcern?: Concerns['writeConcern']
    readConcern?: Concerns['readConcern']
    read?: Concerns['readPreference']
  }
  return {
    ofReads: { ...(readConcern && { readConcern }), ...(read && { readPreference: read }) },
    ofWrites: writeConcern && Object.keys(writeConcern).length > 0 ? { writeConcern } : {},
  }
}

function bulkOperation(write: Write) {
  if ('replacement' in write) return { replaceOne: write }
  if (!('remove' in write)) return { updateOne: write }
  const removal = { filter: write.remove }
  return write.isOne ? { deleteOne: removal } : { deleteMany: removal }
}

/** What a bulk write says of one of its operations is no `Error`, and is about that one alone. */
function isWriteError(error: unknown): boolean {
  return !(error instanceof Error) && typeof (error as WriteErrorLike | null)?.index === 'number'
}

interface WriteErrorLike {
  readonly index: number
}

interface BulkErrorLike {
  readonly writeErrors?: WriteErrorLike | WriteErrorLike[]
  readonly result?: { getWriteErrors?(): WriteErrorLike[] }
}

/** Which of a bulk write's operations have failed; empty where the server does not say. */
function writeErrorsOf(error: unknown): readonly WriteErrorLike[] {
  const { writeErrors, result } = (error ?? {}) as BulkErrorLike
  const told = writeErrors === undefined ? [] : [writeErrors].flat()
  // With an error of the write concern beside them, they are in the result alone
  return told.length > 0 ? told : (result?.getWriteErrors?.() ?? [])
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
