/** Operations on sessions, which know nothing of each other, and on every session at once. */

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

  /** @param toPrimary that it goes where writes go, whatever reads do: as a touch does */
  read<T>(sid: string, send: () => Promise<T>, toPrimary = false): Promise<T> {
    return this.#queueOf(sid).read(send, toPrimary)
  }

  write(sid: string, write: W): Promise<void> {
    return this.#queueOf(sid).write(write)
  }

  /** A read of every session: waits for what was issued before it. */
  readAll<T>(send: () => Promise<T>): Promise<T> {
    if (this.#queues.size === 0 && !this.#writingAll) return send()
    return this.#afterwards(this.#everyTurn(Promise.resolve()), send).answer
  }

  /** A write to every session: waits for what was issued before it, and holds up what comes after. */
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

  /** Resolves when all that was issued before has ended; what comes after waits until `released`. */
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
   * The `answer` may be there before the `work` has ended, which the next ones still wait for. Only the
   * waiting is limited: what is about many records may take long.
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
    ignoreRejection(work) // if it is answered before
    const noAnswer = () => {
      tooLate = new NoAnswerError(limit, NOT_SENT)
      return tooLate
    }
    return { work, answer: withTimeout(limit, before, noAnswer).then(() => work) }
  }
}
