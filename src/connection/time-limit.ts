/** How long to wait for the server's answer: the driver sometimes waits forever. */
import { NoAnswerError } from '../errors'
import { LONGEST_TIMER } from '../options/option-readers'

/** The time limits among a MongoClient's options, in milliseconds. */
export interface ClientLimits {
  readonly serverSelectionTimeoutMS?: number | undefined
  readonly socketTimeoutMS?: number | undefined
}

const SERVER_SELECTION_MS = 30_000
/** The limit if `socketTimeoutMS` is not set or 0, which for the driver means no limit. */
const SOCKET_MS = 15_000

/** An operation on many records, or creating an index, may take this many times as long. */
export const MANY_RECORDS_FACTOR = 20

/**
 * The driver's limits added up: an operation, selecting another server, the operation again. The driver never
 * answers on a socket just closed (mongodb 7.8: `Connection.writeCommand` waits for `drain`) nor, without
 * `socketTimeoutMS`, on a silent network. Its `timeoutMS` has no effect in 7.8.
 */
export function timeLimit({ serverSelectionTimeoutMS, socketTimeoutMS }: ClientLimits): number {
  return (serverSelectionTimeoutMS ?? SERVER_SELECTION_MS) + 2 * (socketTimeoutMS || SOCKET_MS)
}

/** Settles like `work`, and keeps the process alive until then. */
export function keptAlive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONGEST_TIMER)
  return work.finally(() => clearInterval(timer))
}

/** Settles like `work`, or rejects after `limit` ms. The timer does not keep the process alive. */
export function withTimeout<T>(
  limit: number,
  work: Promise<T>,
  noAnswer = () => new NoAnswerError(limit),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(noAnswer()), Math.min(limit, LONGEST_TIMER)).unref()
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
