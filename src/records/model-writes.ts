/** Queries that write records, and what became of each write. */

import type { mongo } from 'mongoose'
import { BulkWrite } from './bulk-write'
import { trust, trustedFor } from './checked-filter'
import { MixedPaths } from './mixed-paths'
import type { SessionModel } from './model'
import {
  DONE,
  type FieldNames,
  type Fields,
  failed,
  NO_TRANSACTION,
  type Outcome,
  promiseOf,
  type Write,
} from './queries'
import type { SchemaTraits } from './schema-introspection'
import { WriteErrors } from './write-errors'

/** An update or a replacement. */
type UpdateOrReplacement = Exclude<Write, { remove: Fields }>

/**
 * A batch is a `bulkWrite`, a lone operation a query of its own, such as `updateOne`. The app's plugins
 * and middleware run for them.
 */
export class ModelWrites {
  /** Whether many operations may go out as one query; not if middleware, setters or the like need single ones. */
  readonly canBatch: boolean
  /** Whether a replacement of a record stores what an update would. */
  readonly canReplace: boolean
  readonly #model: SessionModel
  readonly #idField: string
  readonly #errors: WriteErrors
  readonly #mixed: MixedPaths
  readonly #options: object
  readonly #bulkOptions: object
  readonly #hasBulkWriteMiddleware: boolean
  readonly #trusted: (filter: Fields) => Fields

  constructor(model: SessionModel, { idField }: FieldNames, traits: SchemaTraits) {
    this.#model = model
    this.#idField = idField
    this.#errors = new WriteErrors(model.base.mongo)
    this.#mixed = new MixedPaths(model)
    this.canBatch = traits.canBatch
    this.canReplace = traits.canReplace
    this.#hasBulkWriteMiddleware = traits.hasBulkWriteMiddleware
    this.#trusted = trustedFor(model, traits)
    this.#options = {
      ...NO_TRANSACTION,
      // Session ids are compared byte by byte, and the index of `_id` has the collection's collation
      collation: undefined,
      // Mongoose runs the validators of an update only with this
      ...(traits.hasValidators && { runValidators: true }),
    }
    // Mongoose applies the schema's write concern to queries, but not to a bulk write
    const { writeConcern } = model.schema.options as { writeConcern?: mongo.WriteConcern }
    const hasConcern = writeConcern && Object.keys(writeConcern).length > 0
    this.#bulkOptions = {
      ...NO_TRANSACTION,
      skipValidation: true,
      ...(hasConcern && { writeConcern }),
    }
  }

  write(write: Write): Promise<unknown> {
    if ('remove' in write) return this.#remove(write.remove, write.isOne)
    const sent = this.#sent(write, !this.canBatch)
    const options = { ...this.#options, upsert: sent.upsert }
    return 'replacement' in sent
      ? this.#model.replaceOne(sent.filter, sent.replacement, options).exec()
      : this.#model.updateOne(sent.filter, sent.update, options).exec()
  }

  /** The outcome of each write; rejects if all failed for the same reason. */
  async writeMany(writes: readonly Write[]): Promise<readonly Outcome[]> {
    const bulk = new BulkWrite(writes.map(this.#bulkOperation), this.#idField)
    let outcomes: Outcome[] | undefined
    let answer: unknown
    try {
      answer = await this.#bulkWrite(bulk, false)
      outcomes = writes.map(() => DONE)
    } catch (error) {
      answer = error
      outcomes = this.#errors.outcomesOf(error, bulk)
      if (!outcomes) return this.#afterFailure(writes, this.#errors.causeOf(error))
    }
    // Mongoose did not send what it could not cast: a write by itself gives the error
    for (const i of bulk.uncast(answer)) outcomes[i] = await this.#outcomeOf(writes[i] as Write)
    return outcomes
  }

  /**
   * Writes one after the other, up to the first that is refused: its outcome is the last one. Only for a
   * model that can batch.
   */
  async writeInOrder(writes: readonly Write[]): Promise<readonly Outcome[]> {
    const bulk = new BulkWrite(writes.map(this.#bulkOperation), this.#idField)
    try {
      await this.#bulkWrite(bulk, true)
      return writes.map(() => DONE)
    } catch (error) {
      const outcomes = this.#errors.outcomesUpTo(error)
      if (!outcomes) throw this.#errors.causeOf(error)
      return outcomes
    }
  }

  /** Whether the write itself is at fault, so that nothing of it was done. */
  isRefusal(error: unknown): boolean {
    // Middleware that throws refuses all of a batch: written one by one, it would not see them
    if (this.#hasBulkWriteMiddleware && this.#errors.isForeign(error)) return false
    return this.canBatch && this.#errors.isRefusal(error)
  }

  async removeAll(filter: Fields): Promise<number> {
    // Whatever is set: a hook may do so for this query alone
    const query = this.#model.deleteMany(trust(filter, this.#model), NO_TRANSACTION)
    return deletedBy(await query.exec())
  }

  /** One by one if the app has middleware for `deleteOne`. */
  async #remove(filter: Fields, isOne: boolean): Promise<void> {
    if (this.canBatch && !isOne) {
      await this.#model.deleteMany(this.#trusted(filter), this.#options).exec()
      return
    }
    for (;;) {
      const query = this.#model.deleteOne(this.#trusted(filter), this.#options)
      const deletedCount = deletedBy(await query.exec())
      if (isOne || deletedCount === 0) return
    }
  }

  /** If one write was refused, and the others with it: sends each by itself to find out which. */
  #afterFailure(writes: readonly Write[], cause: unknown): Promise<readonly Outcome[]> {
    if (!this.isRefusal(cause)) throw cause
    return Promise.all(writes.map((write) => this.#outcomeOf(write)))
  }

  #outcomeOf(write: Write): Promise<Outcome> {
    return promiseOf(() => this.write(write)).then(
      () => DONE,
      (error: unknown) => failed(error),
    )
  }

  #bulkWrite({ operations }: BulkWrite, ordered: boolean): Promise<unknown> {
    return this.#model.bulkWrite(operations as never, { ...this.#bulkOptions, ordered })
  }

  readonly #bulkOperation = (write: Write): mongo.AnyBulkWriteOperation<Fields> => {
    if ('remove' in write) {
      const removal = { filter: this.#trusted({ ...write.remove }) }
      return write.isOne ? { deleteOne: removal } : { deleteMany: removal }
    }
    const sent = this.#sent(write, this.#hasBulkWriteMiddleware)
    return 'replacement' in sent ? { replaceOne: sent } : { updateOne: sent }
  }

  /** @param isSeen whether the app's middleware sees it */
  #sent(write: UpdateOrReplacement, isSeen: boolean): UpdateOrReplacement {
    const filter = this.#trusted(this.#mixed.filterFrom(write.filter))
    const { upsert } = write
    return 'replacement' in write
      ? { filter, upsert: true, replacement: this.#mixed.replacementFrom(write.replacement) }
      : { filter, upsert, update: this.#mixed.updateFrom(write.update, isSeen) }
  }
}

/** A hook can keep a query from being sent (`skipMiddlewareFunction`): it has no result then. */
export function deletedBy(result: { readonly deletedCount?: number } | undefined): number {
  return result?.deletedCount ?? 0
}
