/** How long an answer of the server's is waited for, where the driver would wait for ever. */
import { NoAnswerError } from '../errors'

/** What counts of a MongoClient's options, in milliseconds. */
export interface ClientLimits {
  readonly serverSelectionTimeoutMS?: number | undefined
  readonly socketTimeoutMS?: number | undefined
}

const SERVER_SELECTION_MS = 30_000
/** Of a socket that has no limit of its own, which is the driver's default. */
const SOCKET_MS = 15_000

/** How many times as long an operation on many records may take, and the making of an index. */
export const MANY = 20

/**
 * More than the driver's own limits come to: an operation, the choice of another server, and the
 * operation once more. The driver answers sooner, with the true cause; but it never answers a command
 * that it sends on a socket whose other end has just closed it (mongodb 7.8: `Connection.writeCommand`
 * awaits a `drain` that does not come), nor, without `socketTimeoutMS`, where the network went silent. Its `timeoutMS` is no help: 6.2 has
 * none, and in 7.8 it has no effect any more.
 */
export function timeLimit({ serverSelectionTimeoutMS, socketTimeoutMS }: ClientLimits): number {
  return (serverSelectionTimeoutMS ?? SERVER_SELECTION_MS) + 2 * (socketTimeoutMS || SOCKET_MS)
}

/** As `work`, or an error after `limit` ms. No timer keeps the process alive. */
export function withTimeout<T>(
  limit: number,
  work: Promise<T>,
  noAnswer = () => new NoAnswerError(limit),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(noAnswer()), limit).unref()
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
