/** Sends queries: waits until the connection is open, and limits the time for an answer. */
import type { StoreConnection } from '../connection/connection'
import { MANY_RECORDS_FACTOR, timeLimit, withTimeout } from '../connection/time-limit'
import { NoAnswerError } from '../errors'
import { currentBatchInfo } from '../operations/diagnostics'
import { promiseOf } from './queries'

/** @internal */
export class QueryRunner {
  readonly #storeConnection: StoreConnection
  #timeLimit: number | undefined

  constructor(storeConnection: StoreConnection) {
    this.#storeConnection = storeConnection
  }

  /** How long an operation may take, in milliseconds; the default until the connection is open. */
  readonly timeLimit = (): number => {
    if (this.#timeLimit !== undefined) return this.#timeLimit
    const limit = timeLimit(this.#storeConnection.limits())
    if (this.#storeConnection.isOpen()) this.#timeLimit = limit
    return limit
  }

  // Not async: an extra promise takes a measurable part of an operation's time
  send<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    if (this.#storeConnection.isOpen()) return this.inTime(query, patience)
    return this.#storeConnection.ready().then(() => this.inTime(query, patience))
  }

  /** Calls `work` once the connection is open: at once if it is. */
  whenOpen(work: () => void, failed: (error: unknown) => void): void {
    if (this.#storeConnection.isOpen()) work()
    else this.#storeConnection.ready().then(work, failed)
  }

  /** Sends on an open connection; rejects after the time limit. */
  inTime<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    const limit = patience * this.timeLimit()
    const sent = promiseOf(query)
    return withTimeout(limit, sent, () => new NoAnswerError(limit, undefined, sent))
  }

  /** Sends a query about many records, which may take longer. */
  sendLong<T>(query: () => Promise<T>): Promise<T> {
    return unbatched(this.send(query, MANY_RECORDS_FACTOR))
  }

  async *stream<T>(query: () => AsyncIterable<T>): AsyncGenerator<T> {
    unbatched(undefined)
    await this.#storeConnection.ready()
    const iterator = query()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await withTimeout(this.timeLimit(), iterator.next())
        if (next.done) return
        yield next.value
      }
    } finally {
      // Not awaited: if the server does not answer, this never settles
      iterator.return?.()?.catch(() => {})
    }
  }
}

/** Notes for the operation's report that it goes out by itself. */
export function unbatched<T>(sent: T): T {
  const batchInfo = currentBatchInfo()
  if (batchInfo) batchInfo.batchSize = 1
  return sent
}
