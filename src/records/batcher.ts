/** Sends the operations of one turn of the event loop together. */
import { executionAsyncId } from 'node:async_hooks'

/**
 * How many milliseconds a batch waits for the end of its turn. A turn with a hundred requests takes the
 * app about 20 ms: with all of them in one query, server and app would take turns waiting for each other.
 */
const LONG_TURN = 3

/**
 * Collects the operations of one turn of the event loop, and sends them when the turn ends. Under load,
 * Node handles the requests of many sockets in one turn.
 *
 * A batch holds only operations that were issued before it left, so that no read is older than its call.
 */
export class Batcher<T> {
  readonly #maxSize: number
  readonly #send: (items: readonly T[]) => void
  readonly #now: () => number
  #waiting: T[] = []
  #since = 0
  #callback = 0

  constructor(maxSize: number, send: (items: readonly T[]) => void, now = () => performance.now()) {
    this.#maxSize = maxSize
    this.#send = send
    this.#now = now
  }

  add(item: T): void {
    // The operations of one callback stay together, however long the callback takes
    const callback = executionAsyncId()
    if (this.#waiting.length > 0 && callback !== this.#callback && this.#isTurnLong()) this.#flush()
    this.#callback = callback
    const count = this.#waiting.push(item)
    if (count >= this.#maxSize) this.#flush()
    else if (count === 1) {
      this.#since = this.#now()
      setImmediate(this.#flush)
    }
  }

  #isTurnLong(): boolean {
    return this.#now() - this.#since >= LONG_TURN
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#send(batch)
  }
}
