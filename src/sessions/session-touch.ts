/** A touch on its way: whether it is worth a write, and what it writes. */
import { leastMove, moves } from '../payload/cookie'
import type { Write } from '../records/statements'
import { isPathRefusal } from '../records/write-errors'
import { COOKIE, COOKIE_EXPIRY, expiryOf } from './changes'
import { type SessionParts, SessionWrite } from './session-writes'
import type { Snapshot } from './snapshots'

/** Moves the expiry of a session that exists, and its cookie's, or writes the cookie. */
export class SessionTouch extends SessionWrite {
  readonly #expires: Date
  readonly #cookie: unknown
  readonly #hasNewSettings: boolean

  /** @param hasNewSettings whether it writes the whole cookie */
  constructor(
    parts: SessionParts,
    sid: string,
    session: object,
    expires: Date,
    cookie: unknown,
    hasNewSettings: boolean,
  ) {
    super(parts, sid, session)
    this.#expires = expires
    this.#cookie = cookie
    this.#hasNewSettings = hasNewSettings
  }

  /** Whether it moves the expiry far enough to be written. */
  isNeeded(): boolean {
    const loaded = this.parts.snapshots.recall(this.session, this.sid)
    if (!loaded || this.#hasNewSettings) return true
    return moves(loaded.expires, this.#expires, this.#leastMove(Date.now()))
  }

  statement(): Write {
    const loaded = this.parts.snapshots.recall(this.session, this.sid)
    const canMerge = loaded ? loaded.canMerge : this.parts.canMerge
    if (loaded) {
      const touched = { expires: this.#expires, cookie: this.#cookie, isTouched: true }
      this.remember({ ...loaded, ...touched }, ['cookie'])
    }
    return this.#update(loaded, canMerge && this.#cookie !== undefined)
  }

  /** If the stored session is no object, only the record's expiry. */
  override alternative(refusal: unknown): Write | undefined {
    return isPathRefusal(refusal)
      ? this.#update(this.parts.snapshots.recall(this.session, this.sid), false)
      : undefined
  }

  /** @param loaded what was loaded, which has told already whether it moves far enough */
  /** The next touch writes the settings again. */
  override undo(): void {
    super.undo()
    const { snapshots } = this.parts
    const left = snapshots.recall(this.session, this.sid)
    if (left && this.#hasNewSettings)
      snapshots.replace(this.session, { ...left, cookie: undefined })
  }

  #update(loaded: Snapshot | undefined, hasCookie: boolean): Write {
    const { statements } = this.parts.records
    const now = Date.now()
    const least = this.#leastMove(now)
    const condition =
      loaded || least <= 0
        ? statements.live(now, loaded?.expires)
        : statements.liveAndAwayFrom(this.#expires, least, now)
    const cookie = this.#hasNewSettings
      ? { [COOKIE]: this.#cookie }
      : { [COOKIE_EXPIRY]: expiryOf(this.#cookie) }
    const set = hasCookie ? cookie : undefined
    return statements.update(this.sid, { expires: this.#expires, set }, condition)
  }

  #leastMove(now: number): number {
    return leastMove(this.parts.options.touchAfter, this.#expires, now)
  }
}
