/** What can be asked of the collection, whichever way it is asked. */
import type { Outcome } from './batcher'

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

/** @internal */
export interface Queries {
  /** Whether many operations may go out as one; not where each has to pass the app's middleware. */
  readonly canBatch: boolean
  find(filter: Fields): Promise<Bytes | Fields | null>
  findMany(filter: Fields, count: number): Promise<(Bytes | Fields)[]>
  write(write: Write): Promise<unknown>
  /** For each write its outcome; rejects where all have failed for one reason. */
  writeMany(writes: readonly Write[]): Promise<Outcome<unknown>[]>
  /** One after the other; ends at the first that is refused, whose outcome is the last that there is. */
  writeInOrder(writes: readonly Write[]): Promise<Outcome<unknown>[]>
  /** Whether what was sent is at fault, so that nothing of it was done. */
  isRefusal(error: unknown): boolean
  list(filter: Fields): AsyncIterable<Bytes | Fields>
}

/** The fields of a record, as the options name them. */
export interface FieldNames {
  readonly idField: string
  readonly expiresKey: string
}

export const DONE = { value: undefined }

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
