/** What queries are about: fields, writes, and how values are read. */

export type Fields = Record<string, unknown>

/** One write to one record. */
export type Write =
  /** `isOne`: of its kind there can be no other, so that the driver may try again. */
  | { readonly remove: Fields; readonly isOne: boolean }
  | { readonly filter: Fields; readonly update: Fields; readonly upsert: boolean }
  /** All of the record, whether or not there is one. */
  | { readonly filter: Fields; readonly replacement: Fields; readonly upsert: true }

/** A record as BSON. */
export type Bytes = Uint8Array

/** The fields of a record, as the options name them. */
export interface FieldNames {
  readonly idField: string
  readonly expiresKey: string
}

/** What became of a write: the error if it has failed. */
export type Outcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly error: unknown }

export const DONE: Outcome = { isDone: true }

export function failed(error: unknown): Outcome {
  return { isDone: false, error }
}

/**
 * The query's promise, also where it threw at once: Mongoose does of a connection that was closed by
 * force, and so does what an app has it call before a query is sent (`debug`, `operation-start`).
 */
export function issued<T>(query: () => Promise<T>): Promise<T> {
  try {
    return query()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Fixed, since an app's settings could make `get` return what `JSON.stringify` refuses. */
export const PLAIN_VALUES = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: true,
  useBigInt64: false,
} as const

/** Mongoose's types do not know that `session: null` opts out of `transactionAsyncLocalStorage`. */
export const NO_TRANSACTION = { session: null } as object

export interface Cursor {
  next(): Promise<unknown>
  close(): Promise<unknown>
}

/** As the cursor gives them; whoever ends early closes it, for which its own iterator has no `return`. */
export async function* foundBy(cursor: Cursor): AsyncGenerator<Bytes | Fields> {
  try {
    for (let found = await cursor.next(); found; found = await cursor.next()) {
      yield found as Bytes | Fields
    }
  } finally {
    // One that has failed before it was opened has nothing to close
    await cursor.close().catch(() => {})
  }
}
