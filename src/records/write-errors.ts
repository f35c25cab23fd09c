/** Interprets the errors of writes: which failed, and whether any may have taken effect. */
import type { mongo } from 'mongoose'
import { MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { notStorable, refusedByBson, tooLarge } from '../payload/payload'

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** Over 16 MiB: the command, the result of an update, the result of an upsert. */
const TOO_LARGE = [10334, 17419, 17420]

/** The server's problem, not the write's: the write may have taken effect. */
const ABOUT_THE_SERVER = [
  // The operation timed out, or was interrupted
  24, 50, 202, 237, 262, 290, 11601,
  // The server is shutting down, or is no longer the primary
  91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
  // mongos could not reach a shard, or lost its connection
  6, 7, 89, 9001,
]

/** Whether the stored `session` is not an object, and has no keys to write. */
export function isPathRefusal(error: unknown): boolean {
  return serverCodeOf(error) === PATH_NOT_VIABLE
}

/** Whether another insert of the session id came first. */
export function isLostInsert(error: unknown): boolean {
  return serverCodeOf(error) === DUPLICATE_KEY
}

/** The store's error for a refusal, if there is one. */
export function refusalOf(error: unknown): unknown {
  if (TOO_LARGE.includes(serverCodeOf(error) ?? 0)) return tooLarge(error)
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: object }
  if (!(error instanceof Error) || name !== 'ValidationError' || !errors) {
    return refusedByBson(error) ?? error
  }
  // Only the paths: a validator's message can quote the value
  const paths = Object.keys(errors).map((path) => `\`${path}\``)
  return notStorable(`the model's validators refuse ${paths.join(', ')}`, error)
}

/** The driver's error about one operation of a bulk write, which is not an `Error`. */
type WriteErrorLike = { readonly index: number }

/** What became of each operation of a bulk write, by index. */
export interface Outcome {
  readonly failures: ReadonlyMap<number, unknown>
  /** Those that created a record. */
  readonly inserted: ReadonlySet<number>
}

/** The original error: a bulk write wraps every error as the server's, even if nothing reached it. */
export function causeOf(error: unknown, { MongoBulkWriteError }: typeof mongo): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error
  return error.errorResponse instanceof Error ? error.errorResponse : error
}

/** What a bulk write resolves to or rejects with. */
interface BulkResult {
  readonly upsertedIds?: object
  readonly writeErrors?: WriteErrorLike | readonly WriteErrorLike[]
  readonly result?: Partial<mongo.BulkWriteResult>
  /** If Mongoose could not cast some, and did not send them: all errors by index. */
  readonly mongoose?: Readonly<Record<'results' | 'validationErrors', readonly unknown[]>>
}

/** Undefined for an error that does not tell which operations failed. */
export function outcomeOf(done: unknown, isError = false): Outcome | undefined {
  const { mongoose, upsertedIds = {}, writeErrors = [], result } = (done ?? {}) as BulkResult
  const { results = [], validationErrors = [] } = mongoose ?? {}
  const told = [writeErrors].flat() as WriteErrorLike[]
  const errors = told.length > 0 ? told : (result?.getWriteErrors?.() ?? [])
  // A write concern error is about all of them
  if (isError && (errors.length === 0 || result?.getWriteConcernError?.())) return undefined
  const failed = [...results.entries()].filter(([, error]) => error)
  // The server only counts those sent
  const sent = [...results.keys()].filter((i) => !validationErrors.includes(results[i]))
  return {
    failures: new Map(failed.length > 0 ? failed : errors.map((each) => [each.index, each])),
    inserted: new Set(Object.keys(upsertedIds).map((i) => sent[Number(i)] ?? Number(i))),
  }
}

/**
 * Whether the write itself is at fault, and had no effect. If the server or the network is, it may have taken
 * effect, and trying again could undo what others have written since.
 * @param hasHooks whether the app's middleware may have thrown it; it would not see single writes
 */
export function isRefusal(cause: unknown, driver: typeof mongo, hasHooks = false): boolean {
  if (cause instanceof NoAnswerError || cause instanceof MongoDBStoreError) return false
  const { MongoError, MongoServerError, MongoBulkWriteError, MongoInvalidArgumentError } = driver
  // The driver passes on some socket errors unchanged; any other foreign error is about the write
  if (!(cause instanceof MongoError)) {
    return (
      refusedByBson(cause) !== undefined || !(hasHooks || Object.hasOwn(Object(cause), 'syscall'))
    )
  }
  if (cause.hasErrorLabel('RetryableWriteError')) return false
  if (cause instanceof MongoBulkWriteError && cause.result.getWriteConcernError()) return false
  if (ABOUT_THE_SERVER.includes(serverCodeOf(cause) ?? 0)) return false
  return cause instanceof MongoServerError || cause instanceof MongoInvalidArgumentError
}
