/** Queries past Mongoose, by the driver's own operations. */
import type { mongo } from 'mongoose'
import type { Outcome } from './batching'
import type { SessionModel } from './model'
import { type Bytes, DONE, type Fields, type Queries, type Write } from './queries'

/**
 * By the driver's own operations. Mongoose's casting has nothing to add to a record whose shape is
 * known, and costs a tenth to a quarter of an operation; `model.collection` is still Mongoose's, so
 * that its buffering, debug output and events are as ever.
 */
export class CollectionQueries implements Queries {
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

interface WriteErrorLike {
  readonly index: number
}

/** Which of a bulk write's operations have failed; empty where the server does not say. */
function writeErrorsOf(error: unknown): readonly WriteErrorLike[] {
  const { writeErrors } = (error ?? {}) as { writeErrors?: WriteErrorLike | WriteErrorLike[] }
  return writeErrors === undefined ? [] : Array.isArray(writeErrors) ? writeErrors : [writeErrors]
}
