/** Queries on their way to the server: when the connection is open, and with an end to the waiting. */
import type { StoreConnection } from '../connection/connection'
import { MANY, timeLimit, withTimeout } from '../connection/time-limit'
import { NoAnswerError } from '../errors'
import { currentBatchInfo } from '../operations/diagnostics'
import { issued } from './queries'

/** @internal */
export class QueryRunner {
  readonly #storeConnection: StoreConnection
  #timeLimit: number | undefined

  constructor(storeConnection: StoreConnection) {
    this.#storeConnection = storeConnection
  }

  /** How long an operation may take, in milliseconds; before the connection is open, by default. */
  readonly timeLimit = (): number => {
    if (this.#timeLimit !== undefined) return this.#timeLimit
    const limit = timeLimit(this.#storeConnection.limits())
    if (this.#storeConnection.isOpen()) this.#timeLimit = limit
    return limit
  }

  // Not async: each promise is a measurable part of an operation
  send<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    if (this.#storeConnection.isOpen()) return this.inTime(query, patience)
    return this.#storeConnection.ready().then(() => this.inTime(query, patience))
  }

  /** For what is decided only when the connection is open. */
  whenOpen(work: () => void, failed: (error: unknown) => void): void {
    if (this.#storeConnection.isOpen()) work()
    else this.#storeConnection.ready().then(work, failed)
  }

  /** Of an open connection: no longer than the time limit. */
  inTime<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    const limit = patience * this.timeLimit()
    const sent = issued(query)
    return withTimeout(limit, sent, () => new NoAnswerError(limit, undefined, sent))
  }

  /** What is about many records, and may take as long. */
  sendLong<T>(query: () => Promise<T>): Promise<T> {
    return unbatched(this.send(query, MANY))
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
      // Not waited for: where the server does not answer, neither does this
      iterator.return?.()?.catch(() => {})
    }
  }
}

/** Told to whoever listens to the operation: it goes out as itself. */
export function unbatched<T>(sent: T): T {
  const batchInfo = currentBatchInfo()
  if (batchInfo) batchInfo.batchSize = 1
  return sent
}
