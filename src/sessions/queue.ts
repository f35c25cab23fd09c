/** Keeps the operations on one session in order: reads side by side, writes one after the other. */
import { AsyncResource } from 'node:async_hooks'
import { isAway } from '../errors'
import type { Departure, Writes } from '../records/writes'
import type { SessionTouch } from './session-touch'
import { SessionRemoval, type SessionWrite } from './session-writes'

/** What all queues share. */
export interface QueueContext {
  readonly writes: Pick<Writes, 'send' | 'canJoin'>
  /** Whether the app has middleware, which must run in the caller's async context. */
  readonly hasMiddleware: boolean
  /** The queues with operations under way, by session id. */
  readonly queues: Map<string, SessionQueue>
}

/** A read, or a touch. */
interface Waiting {
  start(): void
  reject(error: unknown): void
}

/**
 * Reads run side by side, and wait for earlier writes. Writes wait for everything before them, and those that
 * queue up leave together. A touch counts as a read; one can be under way, and one waiting.
 *
 * If no server can be reached for an operation, those waiting behind it are rejected with it, since each would
 * wait for the full time limit again.
 */
export class SessionQueue implements Departure {
  readonly #waiting: (Waiting | SessionWrite)[] = []
  /** How many reads are under way, and touches under way or waiting. */
  #reading = 0
  /** How many writes are under way. */
  #writing = 0
  #lastWrite: Promise<unknown> | undefined
  #touches: Touches | undefined

  constructor(
    private readonly sid: string,
    private readonly context: QueueContext,
  ) {}

  /** Settles when the writes issued so far have ended; undefined without any. */
  get written(): Promise<unknown> | undefined {
    return this.#isFree() ? undefined : this.#lastWrite
  }

  read<T>(send: (sid: string) => Promise<T>): Promise<T> {
    if (this.#isFree()) return this.#read(send)
    return new Promise<T>((resolve, reject) => {
      this.#wait(() => void this.#read(send).then(resolve, reject), reject)
    })
  }

  touch(touch: SessionTouch): SessionTouch['answer'] {
    if (this.#isFree()) this.#touch(touch)
    else this.#wait(this.#touch.bind(this, touch), touch.reject.bind(touch))
    return touch.answer
  }

  write(write: SessionWrite): SessionWrite['answer'] {
    write.queue = this
    this.#waiting.push(write)
    this.#lastWrite = write.answer
    this.#advance()
    return write.answer
  }

  /** The writes whose turn it is. */
  take(): readonly SessionWrite[] {
    const limit = this.context.writes.canJoin ? Infinity : 1
    let taken: SessionWrite[] = []
    while (taken.length < limit) {
      const next = this.#waiting[0]
      if (next === undefined || !('statement' in next) || next.preparing) break
      this.#waiting.shift()
      // A removal makes the writes before it superfluous
      if (next instanceof SessionRemoval && taken.length > 0) {
        next.answerFor(taken)
        for (const each of taken) each.skip()
        taken = []
      }
      taken.push(next)
    }
    this.#writing = taken.length
    if (taken.length === 0) this.#advance()
    return taken
  }

  /** Called when one of the writes taken has ended. */
  ended(error?: unknown): void {
    this.#writing--
    if (error !== undefined) this.#rejectWaiting(error)
    if (this.#writing === 0) this.#advance()
  }

  #isFree(): boolean {
    return this.#waiting.length === 0 && this.#writing === 0
  }

  #wait(start: () => void, reject: (error: unknown) => void): void {
    const { hasMiddleware } = this.context
    this.#waiting.push({ start: hasMiddleware ? AsyncResource.bind(start) : start, reject })
  }

  /** Starts the operations whose turn it is. */
  #advance(): void {
    while (this.#writing === 0) {
      const [first] = this.#waiting
      if (first === undefined) {
        if (this.#reading === 0) this.context.queues.delete(this.sid)
        return
      }
      if (!('statement' in first)) {
        this.#waiting.shift()
        first.start()
        continue
      }
      if (this.#reading > 0) return
      if (first.preparing) {
        first.preparing.then(() => this.#advance())
        return
      }
      this.#writing = 1 // nothing else starts before they are taken
      this.context.writes.send(this)
      return
    }
  }

  #read<T>(send: (sid: string) => Promise<T>): Promise<T> {
    this.#reading++
    const reading = send(this.sid)
    reading.then(
      () => this.#readEnded(),
      (error) => this.#readEnded(error),
    )
    return reading
  }

  #touch(touch: SessionTouch): void {
    if (!touch.isNeeded()) {
      touch.resolve()
      this.#advance()
      return
    }
    this.#touches ??= new Touches(this.context, (error) => this.#readEnded(error))
    if (this.#touches.add(touch)) this.#reading++
  }

  #readEnded(error?: unknown): void {
    this.#reading--
    if (error !== undefined) this.#rejectWaiting(error)
    if (this.#reading === 0) this.#advance()
  }

  #rejectWaiting(error: unknown): void {
    if (!isAway(error)) return
    for (const each of this.#waiting.splice(0)) each.reject(error)
  }
}

/** The touches of one session: one under way, and one waiting, which a newer one replaces. */
class Touches implements Departure {
  #isUnderWay = false
  #next: SessionTouch | undefined
  #replaced: SessionTouch[] = []

  constructor(
    private readonly context: QueueContext,
    private readonly onEnd: (error?: unknown) => void,
  ) {}

  /** @returns false if it replaces another */
  add(touch: SessionTouch): boolean {
    touch.queue = this
    const replaced = this.#next
    this.#next = touch
    if (replaced) this.#replaced.push(replaced)
    else if (!this.#isUnderWay) this.context.writes.send(this)
    return replaced === undefined
  }

  take(): readonly SessionTouch[] {
    const touch = this.#next
    if (!touch) return []
    if (this.#replaced.length > 0) touch.answerFor(this.#replaced)
    this.#replaced = []
    this.#next = undefined
    this.#isUnderWay = true
    return [touch]
  }

  ended(error?: unknown): void {
    this.#isUnderWay = false
    this.onEnd(error)
    if (!this.#next) return
    if (error === undefined || !isAway(error)) this.context.writes.send(this)
    else for (const each of this.take()) each.fail(error)
  }
}
