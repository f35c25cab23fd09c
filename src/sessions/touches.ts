/** The touches under way: sends those of one session together, and knows what they will have written. */
import { isLive, needsTouch } from '../payload/expiry'
import type { FoundRecord } from '../records/found-record'
import type { Records } from '../records/records'
import type { SessionTouch, Touched } from './session-touch'
import type { QueuedWrite } from './waiting'
import { sendTogether } from './write-group'

/** The expiry of a record after its touches, and the changes to its cookie. */
export interface TouchedRecord {
  expires: unknown
  cookie?: unknown
  cookieExpires?: unknown
}

/** The touches of one session that are under way. */
interface OnTheirWay {
  /** The touches that have not been answered, in the order in which they were issued. */
  readonly all: Set<Touched>
  /** What they write, to compare the next touch with. */
  range: TouchRange
  /** The touches that have not left yet, and leave together. */
  gathered: QueuedWrite<SessionTouch>[] | undefined
  /** The touches that leave together once the others have been answered. */
  next: QueuedWrite<SessionTouch>[] | undefined
}

/**
 * The requests of one page touch their session at nearly the same time, and with nearly the same expiry:
 * none of these touches waits for another. A touch that differs from those under way waits for them, since
 * of two writes side by side either may be the last.
 *
 * @internal
 */
export class Touches {
  readonly #records: Records
  readonly #touchAfter: number
  readonly #bySid = new Map<string, OnTheirWay>()

  constructor(records: Records, touchAfter: number) {
    this.#records = records
    this.#touchAfter = touchAfter
  }

  /** Sends the touch, together with others of the session that are due. */
  send(sid: string, touch: SessionTouch): Promise<void> {
    const { touched } = touch
    const touches = this.#touchesOf(sid)
    return new Promise<void>((resolve, reject) => {
      const answered = (hasFailed: boolean) => {
        touched.hasFailed = hasFailed
        this.#end(sid, touches, touched)
      }
      this.#add(touches, {
        write: touch,
        resolve: () => {
          answered(false)
          resolve()
        },
        reject: (error) => {
          answered(true)
          reject(error)
        },
      })
    })
  }

  /** The touches of the session that are under way. */
  of(sid: string): readonly Touched[] {
    const touches = this.#bySid.get(sid)
    return touches ? [...touches.all] : NONE
  }

  /**
   * The record after the touches. A touch after the session has expired, or one that moves the expiry by
   * less than `touchAfter`, changes nothing.
   */
  applyTo({ expires }: Pick<FoundRecord, 'expires'>, touches: readonly Touched[]): TouchedRecord {
    let left: TouchedRecord = { expires }
    for (const touched of touches) {
      if (touched.hasFailed || !isLive(left.expires, touched.now)) continue
      if ('cookie' in touched) left = { expires: touched.expires, cookie: touched.cookie }
      else if (needsTouch(left.expires, touched.expires, this.#touchAfter)) {
        left = { ...left, expires: touched.expires }
        if ('cookieExpires' in touched) left.cookieExpires = touched.cookieExpires
      }
    }
    return left
  }

  #touchesOf(sid: string): OnTheirWay {
    const existing = this.#bySid.get(sid)
    if (existing) return existing
    const touches = {
      all: new Set<Touched>(),
      range: NOTHING,
      gathered: undefined,
      next: undefined,
    }
    this.#bySid.set(sid, touches)
    return touches
  }

  #add(touches: OnTheirWay, queued: QueuedWrite<SessionTouch>): void {
    const { all, gathered, next } = touches
    const { touched } = queued.write
    const haveSomeLeft = gathered !== undefined && all.size > gathered.length
    touches.range = withTouch(touches.range, touched)
    const isAlike = all.size === 0 || areInterchangeable(touches.range)
    all.add(touched)
    if (next) next.push(queued)
    else if (gathered && (isAlike || !haveSomeLeft)) gathered.push(queued)
    else if (isAlike) this.#gather(touches, [queued])
    else touches.next = [queued]
  }

  #gather(touches: OnTheirWay, queued: QueuedWrite<SessionTouch>[]): void {
    touches.gathered = queued
    sendTogether(this.#records, () => {
      if (touches.gathered === queued) touches.gathered = undefined
      return withoutSuperseded(queued)
    })
  }

  #end(sid: string, touches: OnTheirWay, touched: Touched): void {
    const { all, next } = touches
    all.delete(touched)
    if (all.size === 0) this.#bySid.delete(sid)
    else if (next && all.size === next.length) {
      touches.next = undefined
      touches.range = next.reduce((range, { write }) => withTouch(range, write.touched), NOTHING)
      this.#gather(touches, next)
    }
  }
}

const NONE: readonly Touched[] = []

/**
 * If the session is stored as a whole, each touch that changes the cookie reads and writes the record. The
 * last of them overwrites those before it, so that it is sent in their place.
 */
function withoutSuperseded(
  queued: readonly QueuedWrite<SessionTouch>[],
): readonly QueuedWrite<SessionTouch>[] {
  const last = queued.findLastIndex(
    ({ write }) => 'cookie' in write.touched && write.prepare() === undefined,
  )
  const stands = queued[last]
  if (!stands) return queued
  const superseded = queued.slice(0, last + 1)
  // A touch that ends the session leaves no record for those after it
  const { now } = stands.write.touched
  if (superseded.some(({ write }) => write.touched.expires.getTime() <= now)) return queued
  const standsForAll = {
    write: stands.write,
    resolve: () => {
      for (const each of superseded) each.resolve()
    },
    reject: (error: unknown) => {
      for (const each of superseded) each.reject(error)
    },
  }
  return [standsForAll, ...queued.slice(last + 1)]
}

/** What several touches write. */
interface TouchRange {
  /** Their expiries: milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  /** Whether one of them writes the whole cookie. */
  readonly hasCookie: boolean
}

const NOTHING: TouchRange = { from: Infinity, to: -Infinity, hasCookie: false }

function withTouch({ from, to, hasCookie }: TouchRange, touched: Touched): TouchRange {
  const time = touched.expires.getTime()
  return {
    from: Math.min(from, time),
    to: Math.max(to, time),
    hasCookie: hasCookie || 'cookie' in touched,
  }
}

/** Whether it makes no difference which of the touches is the last: their expiries may differ by a second. */
function areInterchangeable({ from, to, hasCookie }: TouchRange): boolean {
  return !hasCookie && to - from <= 1000
}
