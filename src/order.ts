/** Operations on one session id, in the order in which they were issued. */
import { ignoreRejection } from './callback'
import { isUnreachable, NoAnswerError } from './errors'
import { within } from './time-limit'

interface Lane {
  /** Operations that have not ended, the waiting ones included. */
  pending: number
  /** Settles when every operation so far has ended. */
  all: Promise<unknown> | undefined
  /** Settles when every write so far has ended; undefined where none is under way. */
  writes: Promise<unknown> | undefined
}

/**
 * A write waits for whatever was issued before it on the same sid, a read for the writes; reads go
 * side by side. Operations on different sids know nothing of each other.
 *
 * What waits has its time from its call on: it is answered when that is up, and not sent any more. So
 * it is where no server was found meanwhile for those in front of it: it would not find one either,
 * and each would look for as long again.
 */
export class Order {
  /** How long an operation may take, in milliseconds. */
  readonly #limit: () => number
  #lanes = new Map<string, Lane>()
  /** Settles when the last write to every session has ended; undefined where none is under way. */
  #writingAll: Promise<unknown> | undefined
  /** That no server was found, where nothing has been answered since. */
  #unreachable: unknown

  constructor(limit: () => number) {
    this.#limit = limit
  }

  read<T>(sid: string, send: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(sid)
    if (lane.writes) {
      const { work, answer } = this.#afterwards(lane.writes, send)
      this.#join(sid, lane, work, false)
      return answer
    }
    const reading = send()
    this.#join(sid, lane, reading, false)
    return reading
  }

  write<T>(sid: string, send: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(sid)
    if (lane.all) {
      const { work, answer } = this.#afterwards(lane.all, send)
      this.#join(sid, lane, work, true)
      return answer
    }
    const writing = send()
    this.#join(sid, lane, writing, true)
    return writing
  }

  /** A read of every session: waits for what was issued before it. */
  readAll<T>(send: () => Promise<T>): Promise<T> {
    if (this.#lanes.size === 0 && !this.#writingAll) return send()
    return this.#afterwards(this.#everything(), send, true).answer
  }

  /** A write to every session: waits for what was issued before it, and holds up what comes after. */
  writeAll<T>(send: () => Promise<T>): Promise<T> {
    const { work, answer } = this.#afterwards(this.#everything(), send, true)
    const ended = this.#ended(work, () => {
      if (this.#writingAll === ended) this.#writingAll = undefined
    })
    this.#writingAll = ended
    // Those that come after wait for this alone, and it for the others
    this.#lanes = new Map()
    return answer
  }

  #everything(): Promise<unknown> {
    return Promise.all([this.#writingAll, ...[...this.#lanes.values()].map(({ all }) => all)])
  }

  /** A new one is behind the write to every session, if there is one. */
  #laneOf(sid: string): Lane {
    const all = this.#writingAll
    return this.#lanes.get(sid) ?? { pending: 0, all, writes: all }
  }

  #join(sid: string, lane: Lane, work: Promise<unknown>, isWrite: boolean): void {
    const lanes = this.#lanes
    if (lane.pending++ === 0) lanes.set(sid, lane)
    const ended = this.#ended(work, () => {
      if (--lane.pending === 0) lanes.delete(sid)
      if (lane.writes === ended) lane.writes = undefined
    })
    if (isWrite) lane.writes = ended
    // A write has waited for all that there was
    lane.all = isWrite || !lane.all ? ended : Promise.all([lane.all, ended])
  }

  /** Settles after `leave`, and never fails. */
  #ended(work: Promise<unknown>, leave: () => void): Promise<void> {
    return work.then(
      () => {
        leave()
        this.#unreachable = undefined
      },
      (error: unknown) => {
        leave()
        if (isUnreachable(error)) this.#unreachable = error
      },
    )
  }

  /**
   * The `answer` may be there before the `work` has ended, which the next ones still wait for.
   * @param isLong where only the waiting is limited
   */
  #afterwards<T>(before: Promise<unknown>, send: () => Promise<T>, isLong = false) {
    const unreachable = this.#unreachable
    const limit = this.#limit()
    let isSent = false
    let tooLate: NoAnswerError | undefined
    const work = before.then(() => {
      if (tooLate) throw tooLate
      const reason = this.#unreachable
      if (reason !== undefined && reason !== unreachable) throw reason
      isSent = true
      return send()
    })
    const noAnswer = () => {
      const error = new NoAnswerError(limit, isSent ? undefined : NOT_SENT)
      if (!isSent) tooLate = error
      return error
    }
    if (!isLong) return { work, answer: within(limit, work, noAnswer) }
    ignoreRejection(work) // where it is answered before
    return { work, answer: within(limit, before, noAnswer).then(() => work) }
  }
}

const NOT_SENT = 'it waited for operations that were issued before it, and was not sent'
