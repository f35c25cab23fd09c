/** The queues of all sessions, and the operations on every session at once. */

import { withTimeout } from '../connection/time-limit'
import { NoAnswerError } from '../errors'
import { ignoreRejection } from '../operations/callback'
import { NOT_SENT, type QueueContext, type SendWrites, SessionQueue } from './session-queue'

/** @internal */
export class SessionQueues<W> {
  readonly #context: QueueContext<W>
  readonly #queues = new Map<string, SessionQueue<W>>()
  /** Settles when the last write to every session has ended; undefined if none is under way. */
  #writingAll: Promise<unknown> | undefined

  constructor(sendWrites: SendWrites<W>, limit: () => number, readsPrimary = () => true) {
    const forget = (sid: string) => void this.#queues.delete(sid)
    this.#context = { sendWrites, limit, readsPrimary, unreachable: undefined, forget }
  }

  /** @param toPrimary whether it goes to the primary even if reads do not, as a touch */
  read<T>(sid: string, send: () => Promise<T>, toPrimary = false): Promise<T> {
    return this.#queueOf(sid).read(send, toPrimary)
  }

  write(sid: string, write: W): Promise<void> {
    return this.#queueOf(sid).write(write)
  }

  /** A read of every session: waits for the operations that were issued before it. */
  readAll<T>(send: () => Promise<T>): Promise<T> {
    if (this.#queues.size === 0 && !this.#writingAll) return send()
    return this.#afterwards(this.#everyTurn(Promise.resolve()), send).answer
  }

  /** A write to every session: waits for the operations before it, and makes those after it wait. */
  writeAll<T>(send: () => Promise<T>): Promise<T> {
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const { work, answer } = this.#afterwards(this.#everyTurn(ended), send)
    this.#writingAll = ended
    const leave = () => {
      if (this.#writingAll === ended) this.#writingAll = undefined
      end()
    }
    work.then(leave, leave)
    return answer
  }

  #queueOf(sid: string): SessionQueue<W> {
    const existing = this.#queues.get(sid)
    if (existing) return existing
    const queue = new SessionQueue<W>(sid, this.#context)
    this.#queues.set(sid, queue)
    const before = this.#writingAll
    if (before) queue.addBarrier(() => before)
    return queue
  }

  /** Resolves when every operation before has ended; those after wait until `released`. */
  #everyTurn(released: Promise<void>): Promise<unknown> {
    const turns = [...this.#queues.values()].map(
      (queue) =>
        new Promise<void>((resolve) => {
          queue.addBarrier(() => {
            resolve()
            return released
          })
        }),
    )
    return Promise.all([this.#writingAll, ...turns])
  }

  /**
   * `answer` may reject before `work` has ended; later operations wait for `work`. The limit is for the
   * wait alone: a query about many records may take longer.
   */
  #afterwards<T>(before: Promise<unknown>, send: () => Promise<T>) {
    const seen = this.#context.unreachable
    const limit = this.#context.limit()
    let tooLate: NoAnswerError | undefined
    const work = before.then(() => {
      if (tooLate) throw tooLate
      const reason = this.#context.unreachable
      if (reason !== undefined && reason !== seen) throw reason
      return send()
    })
    ignoreRejection(work) // if `answer` has rejected before
    const noAnswer = () => {
      tooLate = new NoAnswerError(limit, NOT_SENT)
      return tooLate
    }
    return { work, answer: withTimeout(limit, before, noAnswer).then(() => work) }
  }
}
