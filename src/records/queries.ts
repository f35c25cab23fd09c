/** The common types and settings of queries: fields, writes, outcomes. */

export type Fields = Record<string, unknown>

/** A write to one record. */
export type Write =
  /** `isOne`: at most one record can match, so that `deleteOne`, which the driver retries, will do. */
  | { readonly remove: Fields; readonly isOne: boolean }
  | { readonly filter: Fields; readonly update: Fields; readonly upsert: boolean }
  /** Replaces the whole record, or inserts it. */
  | { readonly filter: Fields; readonly replacement: Fields; readonly upsert: true }

/** A record as BSON. */
export type Bytes = Uint8Array

/** The fields of a record, as the options name them. */
export interface FieldNames {
  readonly idField: string
  readonly expiresKey: string
}

/** The outcome of a write: done, or failed with an error. */
export type Outcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly error: unknown }

export const DONE: Outcome = { isDone: true }

export function failed(error: unknown): Outcome {
  return { isDone: false, error }
}

/**
 * The query's promise, which rejects if the query throws at once: Mongoose throws on a connection that was
 * closed by force, and so may the app's functions that it calls before it sends (`debug`, `operation-start`).
 */
export function promiseOf<T>(query: () => Promise<T>): Promise<T> {
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
