/** Sends operations made in the same event-loop turn together. */
import { AsyncResource } from 'node:async_hooks'

/**
 * Collects the operations of one turn of the event loop, and sends them when the turn ends. A batch only holds
 * operations issued before it left, so that no read is older than its call.
 */
export class Batcher<T> {
  #waiting: T[] = []
  #first: AsyncResource | undefined

  /** @param hasMiddleware whether the app has middleware for a batch, which runs in its first operation's context */
  constructor(
    private readonly maxSize: number,
    private readonly send: (items: readonly T[]) => void,
    private readonly hasMiddleware = false,
  ) {}

  add(item: T): void {
    const count = this.#waiting.push(item)
    if (count === 1 && this.hasMiddleware) this.#first = new AsyncResource('MongoDBStore')
    if (count >= this.maxSize) this.#flush()
    else if (count === 1) setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    if (this.#first) this.#first.runInAsyncScope(this.send, undefined, batch)
    else this.send(batch)
  }
}
