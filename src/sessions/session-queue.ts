/** Runs the operations on one session in the order in which they were issued. */

import { withTimeout } from '../connection/time-limit'
import { isUnreachable, NoAnswerError } from '../errors'
import { type QueuedWrite, type Waiting, type WaitingRead, WaitingWrite } from './waiting'

/** Sends the writes that `take` gives, and answers each. Writes that queue up until that call go along. */
export type SendWrites<W> = (take: () => readonly QueuedWrite<W>[]) => void

/** The state and functions that the queues of all sessions share. */
export interface QueueContext<W> {
  readonly sendWrites: SendWrites<W>
  /** How long an operation may take, in milliseconds. */
  readonly limit: () => number
  /** Whether reads go to the primary, as writes do. If not, reads may succeed while writes fail. */
  readonly readsPrimary: () => boolean
  /** The last error that no server was found; undefined if an operation was answered since. */
  unreachable: unknown
  /** Drops the queue of a session, when nothing is under way on it. */
  forget(sid: string): void
}

/** The place of an operation on every session in this queue. */
interface Barrier {
  readonly kind: 'barrier'
  readonly isOver: false
  /** Resolves when the next operation may start. */
  enter(): Promise<unknown>
}

/**
 * Reads run side by side, and wait for the writes that were issued before them. Writes wait for everything
 * that was issued before them, and those that queue up leave together. A touch counts as a read.
 *
 * The time limit of a waiting operation begins with its call. When it is up, the operation is answered
 * with an error, and not sent. The same happens if no server was found for the operations in front of it:
 * it would find none either, and each would look for one for the whole time again.
 */
export class SessionQueue<W> {
  readonly #sid: string
  readonly #context: QueueContext<W>
  readonly #waiting: (WaitingRead | WaitingWrite<W> | Barrier)[] = []
  /** How many reads are under way. */
  #reading = 0
  /** How many writes are under way: those that left together, or an operation on every session. */
  #writing = 0

  constructor(sid: string, context: QueueContext<W>) {
    this.#sid = sid
    this.#context = context
  }

  /** @param toPrimary whether it goes to the primary even if reads do not, as a touch */
  read<T>(send: () => Promise<T>, toPrimary: boolean): Promise<T> {
    if (this.#waiting.length === 0 && this.#writing === 0) return this.#startRead(send, toPrimary)
    return this.#inTime((resolve, reject) => {
      const start = () => {
        this.#startRead(send, toPrimary).then(resolve, reject)
      }
      const fail = (reason: unknown) => (this.#isToPrimary(toPrimary) ? reject(reason) : start())
      return { kind: 'read', isOver: false, seen: this.#context.unreachable, start, fail }
    })
  }

  write(write: W): Promise<void> {
    const isFree = this.#waiting.length === 0 && this.#writing === 0 && this.#reading === 0
    const waiting = (resolve: () => void, reject: (reason: unknown) => void) =>
      new WaitingWrite(write, this.#context.unreachable, this.#answered, resolve, reject)
    if (!isFree) return this.#inTime(waiting)
    return new Promise((resolve, reject) => {
      this.#waiting.push(waiting(resolve, reject))
      this.#advance()
    })
  }

  /** @param enter resolves when the next operation may start */
  addBarrier(enter: () => Promise<unknown>): void {
    this.#waiting.push({ kind: 'barrier', isOver: false, enter })
    this.#advance()
  }

  /** Starts every operation whose turn it is. */
  #advance(): void {
    for (;;) {
      const [first] = this.#waiting
      if (first?.isOver) {
        this.#waiting.shift()
        continue
      }
      if (this.#writing > 0) return
      if (first?.kind === 'read') {
        this.#waiting.shift()
        const reason = this.#reasonAgainst(first)
        if (reason === undefined) first.start()
        else first.fail(reason)
        continue
      }
      if (this.#reading > 0) return
      if (first?.kind === 'write') this.#sendWrites()
      else if (first) this.#enter(first)
      else this.#context.forget(this.#sid)
      return
    }
  }

  #startRead<T>(send: () => Promise<T>, toPrimary: boolean): Promise<T> {
    this.#reading++
    const reading = send()
    const ended = (unreachable?: unknown) => {
      if (this.#isToPrimary(toPrimary)) this.#context.unreachable = unreachable
      this.#reading--
      if (this.#reading === 0) this.#advance()
    }
    reading.then(
      () => ended(),
      (error: unknown) => ended(isUnreachable(error) ? error : this.#context.unreachable),
    )
    return reading
  }

  #enter({ enter }: Barrier): void {
    this.#waiting.shift()
    this.#writing = 1
    enter().then(() => this.#endWriting())
  }

  #sendWrites(): void {
    // 1 for the whole group, so that nothing else starts before the writes are taken
    this.#writing = 1
    this.#context.sendWrites(this.#takeWrites)
  }

  readonly #takeWrites = (): WaitingWrite<W>[] => {
    const end = this.#waiting.findIndex(({ kind }) => kind !== 'write')
    const first = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end) as WaitingWrite<W>[]
    const taken: WaitingWrite<W>[] = []
    for (const write of first) {
      const reason = write.isOver ? undefined : this.#reasonAgainst(write)
      if (reason !== undefined) write.fail(reason)
      else if (!write.isOver) taken.push(write)
    }
    this.#writing = taken.length
    if (taken.length === 0) this.#endWriting()
    return taken
  }

  readonly #answered = (error: unknown): void => {
    if (error === undefined) this.#context.unreachable = undefined
    else if (isUnreachable(error)) this.#context.unreachable = error
    this.#writing--
    if (this.#writing === 0) this.#endWriting()
  }

  #endWriting(): void {
    this.#writing = 0
    this.#advance()
  }

  #isToPrimary(toPrimary: boolean): boolean {
    return toPrimary || this.#context.readsPrimary()
  }

  /** The error that no server was found, if that happened since the operation was issued. */
  #reasonAgainst({ seen }: Waiting): unknown {
    const { unreachable } = this.#context
    return unreachable === seen ? undefined : unreachable
  }

  /** Limits the time in the queue and for the answer together. */
  #inTime<T>(
    wait: (
      resolve: (value: T) => void,
      reject: (reason: unknown) => void,
    ) => WaitingRead | WaitingWrite<W>,
  ): Promise<T> {
    const limit = this.#context.limit()
    let entry: WaitingRead | WaitingWrite<W> | undefined
    const work = new Promise<T>((resolve, reject) => {
      entry = wait(resolve, reject)
      this.#waiting.push(entry)
    })
    return withTimeout(limit, work, () => {
      const isSent = !entry || !this.#waiting.includes(entry)
      if (entry) entry.isOver = true
      return new NoAnswerError(limit, isSent ? undefined : NOT_SENT)
    })
  }
}

export const NOT_SENT = 'it waited for operations that were issued before it, and was not sent'
