/** The entries of a session's queue: operations that have not been sent, or not been answered. */

/** A write on its way, with the functions that answer it. */
export interface QueuedWrite<W> {
  readonly write: W
  resolve(): void
  reject(error: unknown): void
}

export interface Waiting {
  /** Whether it was answered before its turn: then it is not sent. */
  isOver: boolean
  /** The value of `unreachable` when it was issued. */
  readonly seen: unknown
  fail(reason: unknown): void
}

export interface WaitingRead extends Waiting {
  readonly kind: 'read'
  start(): void
}

export class WaitingWrite<W> implements Waiting, QueuedWrite<W> {
  readonly kind = 'write'
  isOver = false
  readonly write: W
  readonly seen: unknown
  /** Rejects the write without sending it. */
  readonly fail: (reason: unknown) => void
  readonly #answered: (error: unknown) => void
  readonly #resolve: () => void

  constructor(
    write: W,
    seen: unknown,
    answered: (error: unknown) => void,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.write = write
    this.seen = seen
    this.fail = reject
    this.#answered = answered
    this.#resolve = resolve
  }

  // `#answered` comes first: the caller may start the next operation, and should find the session free

  resolve(): void {
    this.#answered(undefined)
    this.#resolve()
  }

  reject(error: unknown): void {
    this.#answered(error)
    this.fail(error)
  }
}
