/** The operations of a bulk write, kept to assign each error to its operation. */
import type { mongo } from 'mongoose'
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
   * Mongoose replaces by cast ones. For an unordered bulk write, it gives no other sign (8.0 to 9.12).
   */
  uncast(): number[] {
    return this.#given.flatMap((given, i) =>
      given !== undefined && contentOf(this.operations[i] as BulkOperation) === given ? [i] : [],
    )
  }
}

function contentOf(operation: BulkOperation): unknown {
  if ('updateOne' in operation) return operation.updateOne.update
  return 'replaceOne' in operation ? operation.replaceOne.replacement : undefined
}

function filterOf(operation: BulkOperation): Fields {
  const [{ filter }] = Object.values(operation) as [{ filter: Fields }]
  return filter
}
