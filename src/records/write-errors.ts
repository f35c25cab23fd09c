/** Reads an error of writes: which of them failed, and whether any may have been done. */
import type { mongo } from 'mongoose'
import { serverCodeOf } from '../errors'
import type { BulkWrite, WriteErrorLike } from './bulk-write'
import { DONE, failed, type Outcome } from './queries'

/**
 * Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml) for a problem of the server, and not
 * of the write: the write may have been done.
 */
const ABOUT_THE_SERVER = [
  // The operation ran out of time, or was interrupted
  24, 50, 202, 237, 262, 290, 11601,
  // The server shuts down, or is not the primary any more
  91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
  // mongos could not reach a shard, or lost the connection to it
  6, 7, 89, 9001,
]

/** @internal */
export class WriteErrors {
  readonly #mongo: typeof mongo

  constructor(driver: typeof mongo) {
    this.#mongo = driver
  }

  /** The original error: a bulk write wraps every error as a server's, even if nothing reached the server. */
  causeOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return error
    return error.errorResponse instanceof Error ? error.errorResponse : error
  }

  /** The outcome of each operation of an unordered bulk write; undefined if the error does not tell. */
  outcomesOf(error: unknown, bulk: BulkWrite): Outcome[] | undefined {
    const writeErrors = writeErrorsOf(error)
    if (writeErrors.length === 0) return undefined
    const outcomes = bulk.operations.map(() => this.#ofOthers(error))
    for (const each of writeErrors) outcomes[bulk.indexOf(each)] = failed(each)
    return outcomes
  }

  /** The outcomes of an ordered bulk write up to the failed operation; undefined if the error does not tell. */
  outcomesUpTo(error: unknown): Outcome[] | undefined {
    const [first] = writeErrorsOf(error)
    if (!first) return undefined
    return [...Array.from({ length: first.index }, () => this.#ofOthers(error)), failed(first)]
  }

  /** The outcome of the operations without an error: done, but perhaps not confirmed by the write concern. */
  #ofOthers(error: unknown): Outcome {
    const unconfirmed = this.#writeConcernErrorOf(error)
    return unconfirmed ? failed(unconfirmed) : DONE
  }

  /** The error if the writes were done, but not confirmed as the write concern asks. */
  #writeConcernErrorOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return undefined
    return error.result.getWriteConcernError()
  }

  /**
   * Whether the write itself is at fault. If the server or the network is, the writes may have been done:
   * a second try would undo what others have written since.
   */
  isRefusal(cause: unknown): boolean {
    if (isWriteError(cause)) return true
    const { MongoError, MongoServerError, MongoBulkWriteError, MongoInvalidArgumentError } =
      this.#mongo
    // The driver passes on some socket errors as they are; any other foreign error is about the write
    if (!(cause instanceof MongoError)) return !isSystemError(cause)
    if (cause.hasErrorLabel('RetryableWriteError')) return false
    if (cause instanceof MongoBulkWriteError && this.#writeConcernErrorOf(cause)) return false
    // Drivers before 6.5 (Mongoose 8.0 to 8.2) leave nothing else of an error of their sockets
    if (cause instanceof MongoBulkWriteError && serverCodeOf(cause) === undefined) return false
    if (ABOUT_THE_SERVER.includes(serverCodeOf(cause) ?? 0)) return false
    return cause instanceof MongoServerError || cause instanceof MongoInvalidArgumentError
  }

  /** Whether neither the driver has thrown it, nor Mongoose's casting. */
  isForeign(error: unknown): boolean {
    const { MongoError, BSON } = this.#mongo
    if (isWriteError(error) || error instanceof MongoError) return false
    return !(error instanceof BSON.BSONError) && (error as Error | null)?.name !== 'CastError'
  }
}

/** A bulk write's error about one operation is no `Error`, and concerns that operation alone. */
function isWriteError(error: unknown): boolean {
  return !(error instanceof Error) && typeof (error as WriteErrorLike | null)?.index === 'number'
}

interface BulkErrorLike {
  readonly writeErrors?: WriteErrorLike | WriteErrorLike[]
  readonly result?: { getWriteErrors?(): WriteErrorLike[] }
}

/** The errors about single operations; empty if the server does not tell. */
function writeErrorsOf(error: unknown): readonly WriteErrorLike[] {
  const { writeErrors, result } = (error ?? {}) as BulkErrorLike
  const told = writeErrors === undefined ? [] : [writeErrors].flat()
  // If there is an error of the write concern as well, only the result has them
  return told.length > 0 ? told : (result?.getWriteErrors?.() ?? [])
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
