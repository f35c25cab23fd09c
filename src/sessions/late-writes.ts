/** Keeps track of writes that exceeded their time limit, and may still reach the server. */

interface Late {
  /** How many writes are still under way. */
  count: number
  /** Whether the session was destroyed since. */
  isDestroyed: boolean
}

/**
 * The driver goes on with a write after the store has answered the caller with an error. An insert that
 * reaches the server after a `destroy` would bring the session back: then the session is destroyed again.
 */
export class LateWrites {
  readonly #destroy: (sid: string) => void
  readonly #bySid = new Map<string, Late>()

  constructor(destroy: (sid: string) => void) {
    this.#destroy = destroy
  }

  /** Notes a write of the session that is still under way; `ending` settles when it has ended. */
  add(sid: string, ending: Promise<unknown>): void {
    const late = this.#bySid.get(sid) ?? { count: 0, isDestroyed: false }
    this.#bySid.set(sid, late)
    late.count++
    const leave = () => {
      if (--late.count === 0) this.#bySid.delete(sid)
    }
    ending.then(() => {
      leave()
      if (late.isDestroyed) this.#destroy(sid)
    }, leave)
  }

  /** Notes that the session was destroyed; without a sid, that every session was. */
  destroyed(sid?: string): void {
    for (const [each, late] of this.#bySid) {
      if (sid === undefined || each === sid) late.isDestroyed = true
    }
  }

  /** Notes that the session was written again: it may exist. */
  written(sid: string): void {
    const late = this.#bySid.get(sid)
    if (late) late.isDestroyed = false
  }
}
