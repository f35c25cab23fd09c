/** A touch: whether it needs a write, and what it writes. */
import { cookieOf, differsOnlyInExpiry, expiresAt, leastMove, moves } from '../payload/cookie'
import { payloadOf } from '../payload/payload'
import type { Write } from '../records/statements'
import { isPathRefusal } from '../records/write-errors'
import { COOKIE, COOKIE_EXPIRY, expiryOf } from './changes'
import { type SessionParts, SessionSet, SessionWrite } from './session-writes'
import type { Snapshot } from './snapshots'

/** Moves the expiry of an existing session and of its cookie, or writes the whole cookie. */
export class SessionTouch extends SessionWrite {
  /** Writes new cookie settings into a session that is stored as one value. */
  readonly setting: SessionSet | undefined
  readonly #expires: Date
  readonly #least: number // the ms by which it must move the expiry to be written
  readonly #cookie: unknown
  readonly #hasPath: boolean // whether the record has a path for the cookie
  readonly #hasNewSettings: boolean // whether it writes the whole cookie

  constructor(parts: SessionParts, sid: string, session: object) {
    super(parts, sid, session)
    const cookie = cookieOf(session)
    const now = Date.now()
    const expires = expiresAt(session, now, parts.options.expires)
    const loaded = this.#loaded()
    this.#cookie = cookie
    this.#expires = expires
    this.#least = leastMove(parts.options.touchAfter, expires, now)
    this.#hasPath = (loaded ?? parts).canMerge && cookie !== undefined
    // If the session was not loaded here, its stored settings are unknown
    this.#hasNewSettings = loaded ? !differsOnlyInExpiry(loaded.cookie, cookie) : this.#hasPath
    if (!loaded || !this.#hasNewSettings) return
    if (!loaded.canMerge) {
      const state = { payload: payloadOf(session), expires, fields: undefined }
      this.setting = new SessionSet(parts, sid, session, state, true)
    }
    // At once, since the next touch may come before this one leaves
    this.remember({ ...loaded, cookie, isTouched: true }, ['cookie'])
  }

  /** Whether a newer one may replace it: not if it has new settings or ends the session. */
  isReplaceable(): boolean {
    const isEnding = this.#expires.getTime() <= Date.now() && this.isNeeded()
    return !this.#hasNewSettings && !isEnding
  }

  /** Whether it moves the expiry far enough to be written. */
  isNeeded(): boolean {
    const loaded = this.#loaded()
    if (!loaded || this.#hasNewSettings) return true
    return moves(loaded.expires, this.#expires, this.#least)
  }

  statement(): Write {
    const loaded = this.#loaded()
    if (loaded) {
      const touched = { expires: this.#expires, cookie: this.#cookie, isTouched: true }
      this.remember({ ...loaded, ...touched }, ['cookie'])
    }
    return this.#update(loaded, this.#hasPath)
  }

  /** Only the record's expiry, if the stored session is not an object. */
  override alternative(refusal: unknown): Write | undefined {
    return isPathRefusal(refusal) ? this.#update(this.#loaded(), false) : undefined
  }

  #loaded(): Snapshot | undefined {
    return this.parts.snapshots.recall(this.session, this.sid)
  }

  #update(loaded: Snapshot | undefined, hasCookie: boolean): Write {
    const { statements } = this.parts.records
    const now = Date.now()
    const condition =
      loaded || this.#least <= 0
        ? statements.live(now, loaded?.expires)
        : statements.liveAndAwayFrom(this.#expires, this.#least, now)
    const cookie = this.#hasNewSettings
      ? { [COOKIE]: this.#cookie }
      : { [COOKIE_EXPIRY]: expiryOf(this.#cookie) }
    const set = hasCookie ? cookie : undefined
    return statements.update(this.sid, { expires: this.#expires, set }, condition)
  }
}
