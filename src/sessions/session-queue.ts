/** Operations on one session, in the order in which they were issued. */

import { withTimeout } from '../connection/time-limit'
import { isUnreachable, NoAnswerError } from '../errors'

/** A write on its way: it is answered by one of the two. */
export interface QueuedWrite<W> {
  readonly write: W
  resolve(): void
  reject(error: unknown): void
}

/** Sends what `take` gives, and answers each. What queues up until `take` is called goes along. */
export type SendWrites<W> = (take: () => readonly QueuedWrite<W>[]) => void

/** What the queues of all sessions have in common. */
export interface QueueContext<W> {
  readonly sendWrites: SendWrites<W>
  /** How long an operation may take, in milliseconds. */
  readonly limit: () => number
  /** Whether reads go where writes go. If they do not, the one may be served where the other is not. */
  readonly readsPrimary: () => boolean
  /** That no server was found, if nothing has been answered since. */
  unreachable: unknown
  /** Nothing is under way on the session any more. */
  forget(sid: string): void
}

interface Waiting {
  /** Answered before its turn came: it is not sent any more. */
  isOver: boolean
  /** That no server was found, when it was issued. */
  readonly seen: unknown
  fail(reason: unknown): void
}

interface WaitingRead extends Waiting {
  readonly kind: 'read'
  start(): void
}

/** An operation on every session has its turn here. */
interface Barrier {
  readonly kind: 'barrier'
  readonly isOver: false
  /** Resolves when the next may follow. */
  enter(): Promise<unknown>
}

/**
 * Reads go side by side, and wait for the writes that were issued before them; writes wait for what was
 * issued before them, and those that have queued up leave together. A touch goes as a read does.
 *
 * What waits has its time from its call on: it is answered when that is up, and not sent any more. So
 * it is if no server was found meanwhile for those in front of it: it would not find one either, and
 * each would look for as long again.
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

  /** @param toPrimary that it goes where writes go, whatever reads do: as a touch does */
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

  /** @param enter resolves when the next may follow */
  addBarrier(enter: () => Promise<unknown>): void {
    this.#waiting.push({ kind: 'barrier', isOver: false, enter })
    this.#advance()
  }

  /** Sends whatever has its turn now. */
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
    // Nothing else has its turn until they are taken, and one that is taken is answered
    this.#writing = 1
    this.#context.sendWrites(this.#takeWrites)
  }

  readonly #takeWrites = (): WaitingWrite<W>[] => {
    const taken: WaitingWrite<W>[] = []
    for (;;) {
      const [first] = this.#waiting
      if (first?.kind !== 'write') break
      this.#waiting.shift()
      if (first.isOver) continue
      const reason = this.#reasonAgainst(first)
      if (reason === undefined) taken.push(first)
      else first.fail(reason)
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

  /** That no server was found since it was issued. */
  #reasonAgainst({ seen }: Waiting): unknown {
    const { unreachable } = this.#context
    return unreachable === seen ? undefined : unreachable
  }

  /** Waits in the queue, and for its answer, no longer than an operation may take. */
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

class WaitingWrite<W> implements Waiting, QueuedWrite<W> {
  readonly kind = 'write'
  isOver = false
  readonly write: W
  readonly seen: unknown
  /** It is not sent. */
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

  // The session is free before the last is answered, so that whoever hears of it finds it free

  resolve(): void {
    this.#answered(undefined)
    this.#resolve()
  }

  reject(error: unknown): void {
    this.#answered(error)
    this.fail(error)
  }
}

export const NOT_SENT = 'it waited for operations that were issued before it, and was not sent'
