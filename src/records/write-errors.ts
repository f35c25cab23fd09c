/** What an error says of the writes that it was about: which of them have failed, and whether any was done. */
import type { mongo } from 'mongoose'
import { serverCodeOf } from '../errors'
import type { BulkWrite, WriteErrorLike } from './bulk-write'
import { DONE, failed, type Outcome } from './queries'

/**
 * Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml) that speak of the server, and not
 * of what was sent, which may have been done.
 */
const ABOUT_THE_SERVER = [
  // Its time was up, or it was interrupted
  24, 50, 202, 237, 262, 290, 11601,
  // It shuts down, or is the primary no more
  91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
  // One that mongos asks could not be reached, or the way to it broke
  6, 7, 89, 9001,
]

/** @internal */
export class WriteErrors {
  readonly #mongo: typeof mongo

  constructor(driver: typeof mongo) {
    this.#mongo = driver
  }

  /** A bulk write makes a server's error of everything, also of what never reached the server. */
  causeOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return error
    return error.errorResponse instanceof Error ? error.errorResponse : error
  }

  /** Of an unordered bulk write, for each operation; undefined if it does not say. */
  outcomesOf(error: unknown, bulk: BulkWrite): Outcome[] | undefined {
    const writeErrors = writeErrorsOf(error)
    if (writeErrors.length === 0) return undefined
    const outcomes = bulk.operations.map(() => this.#ofOthers(error))
    for (const each of writeErrors) outcomes[bulk.indexOf(each)] = failed(each)
    return outcomes
  }

  /** Of an ordered bulk write, up to the operation that has failed; undefined if it does not say. */
  outcomesUpTo(error: unknown): Outcome[] | undefined {
    const [first] = writeErrorsOf(error)
    if (!first) return undefined
    return [...Array.from({ length: first.index }, () => this.#ofOthers(error)), failed(first)]
  }

  /** Whether what was read cannot be decoded, and no server is at fault. */
  isAboutReading(error: unknown): boolean {
    return error instanceof this.#mongo.BSON.BSONError || error instanceof SyntaxError
  }

  /** They were done; maybe not as widely as the write concern asks. */
  #ofOthers(error: unknown): Outcome {
    const unconfirmed = this.#writeConcernErrorOf(error)
    return unconfirmed ? failed(unconfirmed) : DONE
  }

  /** If all was done, and not as widely as the write concern asks. */
  #writeConcernErrorOf(error: unknown): unknown {
    if (!(error instanceof this.#mongo.MongoBulkWriteError)) return undefined
    return error.result.getWriteConcernError()
  }

  /**
   * Whether what was sent is at fault. If the server or the way to it is, the writes may have been
   * done: done again, they would undo what others have written since.
   */
  isRefusal(cause: unknown): boolean {
    if (isWriteError(cause)) return true
    const { MongoError, MongoServerError, MongoBulkWriteError, MongoInvalidArgumentError } =
      this.#mongo
    // The driver passes on some errors of its sockets as they are; others are about what was sent
    if (!(cause instanceof MongoError)) return !isSystemError(cause)
    if (cause.hasErrorLabel('RetryableWriteError')) return false
    if (cause instanceof MongoBulkWriteError && this.#writeConcernErrorOf(cause)) return false
    if (ABOUT_THE_SERVER.includes(serverCodeOf(cause) ?? 0)) return false
    return cause instanceof MongoServerError || cause instanceof MongoInvalidArgumentError
  }
}

/** What a bulk write says of one of its operations is no `Error`, and is about that one alone. */
function isWriteError(error: unknown): boolean {
  return !(error instanceof Error) && typeof (error as WriteErrorLike | null)?.index === 'number'
}

interface BulkErrorLike {
  readonly writeErrors?: WriteErrorLike | WriteErrorLike[]
  readonly result?: { getWriteErrors?(): WriteErrorLike[] }
}

/** Which of a bulk write's operations have failed; empty if the server does not say. */
function writeErrorsOf(error: unknown): readonly WriteErrorLike[] {
  const { writeErrors, result } = (error ?? {}) as BulkErrorLike
  const told = writeErrors === undefined ? [] : [writeErrors].flat()
  // With an error of the write concern beside them, they are in the result alone
  return told.length > 0 ? told : (result?.getWriteErrors?.() ?? [])
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
