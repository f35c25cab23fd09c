/** What a bulk write was given, to tell what became of each of its operations. */
import type { mongo } from 'mongoose'
import type { Fields } from './queries'

type BulkOperation = mongo.AnyBulkWriteOperation<Fields>

/** What the driver says of one operation that has failed. */
export interface WriteErrorLike {
  readonly index: number
  /** What the driver sent for it. */
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

  /** Whose the error is. By the session id: Mongoose 8.0 sorts what it sends as text, `10` before `2`. */
  indexOf(error: WriteErrorLike): number {
    const { q } = (error.getOperation?.() ?? {}) as { q?: Fields }
    const index = this.#ids.indexOf(q?.[this.#idField])
    return index < 0 ? error.index : index
  }

  /**
   * Those that Mongoose has not cast, and not sent: they still hold what was given, in whose place it puts
   * what it has cast. Of a bulk write that is not ordered it tells nothing else (8.0 to 9.12).
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
