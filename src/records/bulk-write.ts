/** The operations of a bulk write, kept to assign each error to its operation. */
import type { mongo } from 'mongoose'
import { isPlainObject } from '../payload/objects'
import type { Fields } from './queries'

type BulkOperation = mongo.AnyBulkWriteOperation<Fields>

/** The driver's error about one operation of a bulk write. */
export interface WriteErrorLike {
  readonly index: number
  /** The operation as the driver sent it. */
  getOperation?(): unknown
}

/** @internal */
export class BulkWrite {
  readonly operations: readonly BulkOperation[]
  readonly #idField: string
  readonly #ids: readonly unknown[]
  readonly #given: readonly unknown[]

  constructor(operations: readonly BulkOperation[], idField: string) {
    this.operations = operations
    this.#idField = idField
    this.#ids = operations.map((each) => filterOf(each)[idField])
    this.#given = operations.map(contentOf)
  }

  /**
   * The index of the operation that failed. Found by the session id: Mongoose 8.0 sorts the operations by
   * their index as text, `10` before `2`.
   */
  indexOf(error: WriteErrorLike): number {
    const { q } = (error.getOperation?.() ?? {}) as { q?: Fields }
    const index = this.#ids.indexOf(q?.[this.#idField])
    return index < 0 ? error.index : index
  }

  /**
   * The operations that Mongoose could not cast, and did not send. They still hold the given objects, which
   * Mongoose replaces by cast ones: not every version says which they are. So do those that a hook has kept
   * from being sent.
   * @param answer the result of the bulk write, or its error
   */
  uncast(answer: unknown): number[] {
    if (!saysUncast(answer)) return []
    return this.#given.flatMap((given, i) =>
      given !== undefined && contentOf(this.operations[i] as BulkOperation) === given ? [i] : [],
    )
  }
}

/** Whether Mongoose says that there are operations that it could not cast. */
function saysUncast(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false
  const { mongoose, result } = answer as {
    readonly mongoose?: { readonly validationErrors?: readonly unknown[] }
    readonly result?: { readonly nMatched?: unknown }
  }
  if (mongoose) return (mongoose.validationErrors?.length ?? 0) > 0
  // All of them, where early versions of Mongoose 8 answer with an object of their own
  return isPlainObject(answer) && result?.nMatched === 0
}

function contentOf(operation: BulkOperation): unknown {
  if ('updateOne' in operation) return operation.updateOne.update
  return 'replaceOne' in operation ? operation.replaceOne.replacement : undefined
}

function filterOf(operation: BulkOperation): Fields {
  const [{ filter }] = Object.values(operation) as [{ filter: Fields }]
  return filter
}
