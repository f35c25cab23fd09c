/** Operations on one session, in the order in which they were issued; writes that queue up leave together. */

import { withTimeout } from '../connection/time-limit'
import { isUnreachable, NoAnswerError } from '../errors'
import { ignoreRejection } from '../operations/callback'

/** A write on its way: it is answered by one of the two. */
export interface QueuedWrite<W> {
  readonly write: W
  resolve(): void
  reject(error: unknown): void
}

/**
 * Sends what `take` gives, and answers each. What queues up until `take` is called goes along.
 * Resolves when the next may follow; never rejects.
 */
export type SendWrites<W> = (take: () => readonly QueuedWrite<W>[]) => Promise<void>

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

interface WaitingWrite<W> extends Waiting, QueuedWrite<W> {
  readonly kind: 'write'
}

/** An operation on every session has its turn here. */
interface Barrier {
  readonly kind: 'barrier'
  readonly isOver: false
  /** Resolves when the next may follow. */
  enter(): Promise<unknown>
}

interface Queue<W> {
  readonly waiting: (WaitingRead | WaitingWrite<W> | Barrier)[]
  /** How many reads are under way. */
  reading: number
  /** Whether writes are under way, or an operation on every session. */
  isWriting: boolean
}

/**
 * Reads of one session go side by side, and wait for the writes that were issued before them; writes
 * wait for what was issued before them, and those that have queued up leave together. A touch goes as
 * a read does. Sessions know nothing of each other.
 *
 * What waits has its time from its call on: it is answered when that is up, and not sent any more. So
 * it is if no server was found meanwhile for those in front of it: it would not find one either, and
 * each would look for as long again.
 */
export class SessionQueues<W> {
  readonly #sendWrites: SendWrites<W>
  /** How long an operation may take, in milliseconds. */
  readonly #limit: () => number
  /** Whether reads go where writes go. If they do not, the one may be served where the other is not. */
  readonly #readsPrimary: () => boolean
  readonly #queues = new Map<string, Queue<W>>()
  /** Settles when the last write to every session has ended; undefined if none is under way. */
  #writingAll: Promise<unknown> | undefined
  /** That no server was found, if nothing has been answered since. */
  #unreachable: unknown

  constructor(sendWrites: SendWrites<W>, limit: () => number, readsPrimary = () => true) {
    this.#sendWrites = sendWrites
    this.#limit = limit
    this.#readsPrimary = readsPrimary
  }

  /** @param toPrimary that it goes where writes go, whatever reads do: as a touch does */
  read<T>(sid: string, send: () => Promise<T>, toPrimary = false): Promise<T> {
    const queue = this.#queueOf(sid)
    if (queue.waiting.length === 0 && !queue.isWriting) {
      return this.#startRead(sid, queue, send, toPrimary)
    }
    return this.#inTime((resolve, reject) => {
      const start = () => {
        this.#startRead(sid, queue, send, toPrimary).then(resolve, reject)
      }
      const fail = (reason: unknown) =>
        toPrimary || this.#readsPrimary() ? reject(reason) : start()
      return { kind: 'read', isOver: false, seen: this.#unreachable, start, fail }
    }, queue)
  }

  write(sid: string, write: W): Promise<void> {
    const queue = this.#queueOf(sid)
    if (queue.waiting.length > 0 || queue.isWriting || queue.reading > 0) {
      return this.#inTime((resolve, reject) => this.#waitingWrite(write, resolve, reject), queue)
    }
    return new Promise((resolve, reject) => {
      queue.waiting.push(this.#waitingWrite(write, resolve, reject))
      this.#advance(sid, queue)
    })
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

  #queueOf(sid: string): Queue<W> {
    const existing = this.#queues.get(sid)
    if (existing) return existing
    const queue: Queue<W> = { waiting: [], reading: 0, isWriting: false }
    this.#queues.set(sid, queue)
    const before = this.#writingAll
    if (before) {
      queue.waiting.push({ kind: 'barrier', isOver: false, enter: () => before })
      this.#advance(sid, queue)
    }
    return queue
  }

  /** Sends whatever has its turn now. */
  #advance(sid: string, queue: Queue<W>): void {
    for (;;) {
      const [first] = queue.waiting
      if (first?.isOver) {
        queue.waiting.shift()
        continue
      }
      if (queue.isWriting) return
      if (first?.kind === 'read') {
        queue.waiting.shift()
        const reason = this.#reasonAgainst(first)
        if (reason === undefined) first.start()
        else first.fail(reason)
        continue
      }
      if (queue.reading > 0) return
      if (!first) {
        this.#queues.delete(sid)
        return
      }
      queue.isWriting = true
      if (first.kind === 'write') this.#send(sid, queue)
      else {
        queue.waiting.shift()
        first.enter().then(() => this.#endWriting(sid, queue))
      }
      return
    }
  }

  #startRead<T>(
    sid: string,
    queue: Queue<W>,
    send: () => Promise<T>,
    toPrimary: boolean,
  ): Promise<T> {
    queue.reading++
    const reading = send()
    const leave = () => {
      queue.reading--
      if (queue.reading === 0) this.#advance(sid, queue)
    }
    reading.then(
      () => {
        if (this.#unreachable !== undefined && (toPrimary || this.#readsPrimary())) {
          this.#unreachable = undefined
        }
        leave()
      },
      (error: unknown) => {
        if (isUnreachable(error) && (toPrimary || this.#readsPrimary())) this.#unreachable = error
        leave()
      },
    )
    return reading
  }

  #waitingWrite(write: W, resolve: () => void, reject: (reason: unknown) => void): WaitingWrite<W> {
    const seen = this.#unreachable
    return { kind: 'write', isOver: false, seen, write, resolve, reject, fail: reject }
  }

  #send(sid: string, queue: Queue<W>): void {
    let unanswered = 0
    let hasEnded = false
    const end = () => {
      if (!hasEnded) this.#endWriting(sid, queue)
      hasEnded = true
    }
    // Before the last is answered: whoever hears of it finds the session free
    const ended = () => --unanswered === 0 && end()
    const take = () => {
      const taken = this.#takeWrites(queue)
      unanswered = taken.length
      return taken.map(({ write, resolve, reject }) => ({
        write,
        resolve: () => {
          this.#unreachable = undefined
          ended()
          resolve()
        },
        reject: (error: unknown) => {
          if (isUnreachable(error)) this.#unreachable = error
          ended()
          reject(error)
        },
      }))
    }
    this.#sendWrites(take).then(end)
  }

  #endWriting(sid: string, queue: Queue<W>): void {
    queue.isWriting = false
    this.#advance(sid, queue)
  }

  #takeWrites({ waiting }: Queue<W>): WaitingWrite<W>[] {
    const taken: WaitingWrite<W>[] = []
    for (;;) {
      const [first] = waiting
      if (first?.kind !== 'write') return taken
      waiting.shift()
      if (first.isOver) continue
      const reason = this.#reasonAgainst(first)
      if (reason === undefined) taken.push(first)
      else first.fail(reason)
    }
  }

  /** That no server was found since it was issued. */
  #reasonAgainst({ seen }: Waiting): unknown {
    return this.#unreachable === seen ? undefined : this.#unreachable
  }

  /** Waits in the queue, and for its answer, no longer than an operation may take. */
  #inTime<T>(
    wait: (
      resolve: (value: T) => void,
      reject: (reason: unknown) => void,
    ) => WaitingRead | WaitingWrite<W>,
    { waiting }: Queue<W>,
  ): Promise<T> {
    const limit = this.#limit()
    let entry: Waiting | undefined
    const work = new Promise<T>((resolve, reject) => {
      const added = wait(resolve, reject)
      waiting.push(added)
      entry = added
    })
    return withTimeout(limit, work, () => {
      const isSent = !waiting.includes(entry as WaitingRead)
      if (entry) entry.isOver = true
      return new NoAnswerError(limit, isSent ? undefined : NOT_SENT)
    })
  }

  /** Resolves when all that was issued before has ended; what comes after waits until `released`. */
  #everyTurn(released: Promise<void>): Promise<unknown> {
    const turns = [...this.#queues].map(
      ([sid, queue]) =>
        new Promise<void>((resolve) => {
          const enter = () => {
            resolve()
            return released
          }
          queue.waiting.push({ kind: 'barrier', isOver: false, enter })
          this.#advance(sid, queue)
        }),
    )
    return Promise.all([this.#writingAll, ...turns])
  }

  /**
   * The `answer` may be there before the `work` has ended, which the next ones still wait for. Only the
   * waiting is limited: what is about many records may take long.
   */
  #afterwards<T>(before: Promise<unknown>, send: () => Promise<T>) {
    const seen = this.#unreachable
    const limit = this.#limit()
    let tooLate: NoAnswerError | undefined
    const work = before.then(() => {
      if (tooLate) throw tooLate
      const reason = this.#unreachable
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

const NOT_SENT = 'it waited for operations that were issued before it, and was not sent'
