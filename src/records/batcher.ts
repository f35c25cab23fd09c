/** Sends the operations of one turn of the event loop together. */

/**
 * Collects the operations of one turn of the event loop, and sends them when the turn ends. Under load,
 * Node handles the requests of many sockets in one turn.
 *
 * A batch holds only operations that were issued before it left, so that no read is older than its call.
 */
export class Batcher<T> {
  readonly #maxSize: number
  readonly #send: (items: readonly T[]) => void
  #waiting: T[] = []

  constructor(maxSize: number, send: (items: readonly T[]) => void) {
    this.#maxSize = maxSize
    this.#send = send
  }

  add(item: T): void {
    const count = this.#waiting.push(item)
    if (count >= this.#maxSize) this.#flush()
    else if (count === 1) setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#send(batch)
  }
}
