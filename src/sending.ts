/** Queries on their way to the server: when the connection is open, and with an end to the waiting. */
import type { StoreConnection } from './connection'
import { currentTrace } from './diagnostics'
import { MANY, timeLimit, within } from './time-limit'

/** @internal */
export class Sending {
  readonly #link: StoreConnection
  #timeLimit: number | undefined

  constructor(link: StoreConnection) {
    this.#link = link
  }

  /** How long an operation may take, in milliseconds; before the connection is open, by default. */
  readonly timeLimit = (): number => {
    if (this.#timeLimit !== undefined) return this.#timeLimit
    const limit = timeLimit(this.#link.limits())
    if (this.#link.isOpen()) this.#timeLimit = limit
    return limit
  }

  // Not async: each promise is a measurable part of an operation
  send<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    if (this.#link.isOpen()) return within(patience * this.timeLimit(), query())
    return this.#link.ready().then(() => within(patience * this.timeLimit(), query()))
  }

  /** What is about many records, and may take as long. */
  sendAboutMany<T>(query: () => Promise<T>): Promise<T> {
    return alone(this.send(query, MANY))
  }

  async *sendAll<T>(query: () => AsyncIterable<T>): AsyncGenerator<T> {
    alone(undefined)
    await this.#link.ready()
    const iterator = query()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await within(this.timeLimit(), iterator.next())
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
export function alone<T>(sent: T): T {
  const trace = currentTrace()
  if (trace) trace.batchSize = 1
  return sent
}
