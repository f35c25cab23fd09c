/** Writes that were answered at their time limit, and may still reach the server. */

interface Late {
  /** How many are still under way. */
  count: number
  /** Whether the session was ended since. */
  isDestroyed: boolean
}

/**
 * The driver goes on with a write after the store has answered its caller. An insert that reaches the
 * server after a `destroy` would bring the session back: the session is then destroyed once more.
 */
export class LateWrites {
  readonly #destroy: (sid: string) => void
  readonly #bySid = new Map<string, Late>()

  constructor(destroy: (sid: string) => void) {
    this.#destroy = destroy
  }

  /** A write of the session is under way still; `ending` settles when it has ended. */
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

  /** The session was ended; without a sid, every session was. */
  destroyed(sid?: string): void {
    for (const [each, late] of this.#bySid) {
      if (sid === undefined || each === sid) late.isDestroyed = true
    }
  }

  /** The session was made anew. */
  written(sid: string): void {
    const late = this.#bySid.get(sid)
    if (late) late.isDestroyed = false
  }
}
