/** A `touch` on its way: decides whether to write, and what. */
import { currentBatchInfo } from '../operations/diagnostics'
import { documentWith } from '../payload/bson-elements'
import { differsOnlyInExpiry } from '../payload/cookie'
import { type Condition, ifLive, ifTouchable, ifUnmoved, needsTouch } from '../payload/expiry'
import type { Fields } from '../records/queries'
import type { Statement } from '../records/statements'
import { encryptAnew, putCookie } from './record-rewriter'
import { COOKIE, COOKIE_EXPIRY, expiryOf } from './session-changes'
import type { SessionParts } from './session-parts'
import { once, type Snapshot } from './snapshots'
import type { SessionWrite } from './write-group'

/** A call of `touch`. */
export interface TouchCall {
  readonly sid: string
  readonly session: object
  /** When the session is to end. */
  readonly expires: Date
  /** The cookie as it is now. */
  readonly cookie: unknown
}

/** The values that a touch writes, unless it fails. */
export interface Touched {
  hasFailed?: boolean
  readonly now: number
  readonly expires: Date
  /** The whole cookie, or only its expiry, or neither. */
  readonly cookie?: unknown
  readonly cookieExpires?: unknown
}

/** Moves the expiry of an existing session, and writes its cookie. */
export class SessionTouch implements SessionWrite {
  readonly batchInfo = currentBatchInfo()
  readonly touched: Touched
  readonly #parts: SessionParts
  readonly #call: TouchCall
  readonly #before: Snapshot | undefined
  readonly #set: Fields | undefined
  readonly #fields: Fields | undefined
  readonly #condition: Condition
  /** Whether an update of paths is enough: the stored session need not be read. */
  readonly #isByPath: boolean
  /** Whether the session is to be encrypted anew. */
  readonly #isOutdated: boolean

  /** @returns undefined if the touch need not be written */
  static of(parts: SessionParts, call: TouchCall): SessionTouch | undefined {
    const { sid, session, expires, cookie } = call
    const loaded = parts.snapshots.recall(session, sid)
    const hasNewSettings = loaded !== undefined && !differsOnlyInExpiry(loaded.cookie, cookie)
    if (
      loaded &&
      !loaded.touches?.some(({ hasFailed }) => hasFailed) &&
      !hasNewSettings &&
      !needsTouch(loaded.expires, expires, parts.options.touchAfter)
    ) {
      return undefined
    }
    return new SessionTouch(parts, call, loaded, hasNewSettings)
  }

  private constructor(
    parts: SessionParts,
    call: TouchCall,
    loaded: Snapshot | undefined,
    hasNewSettings: boolean,
  ) {
    const { sid, session, expires, cookie } = call
    const now = Date.now()
    const { options, snapshots, fields } = parts
    const canMerge = loaded ? loaded.canMerge : parts.canMerge
    const isAboutExpiry =
      cookie === undefined || (loaded !== undefined && !canMerge && !hasNewSettings)
    const isWholeCookie = !isAboutExpiry && (!loaded || hasNewSettings)
    this.#parts = parts
    this.#call = call
    this.#before = snapshots.of(session)
    this.#isByPath = canMerge || isAboutExpiry
    this.#isOutdated = isAboutExpiry && loaded?.isOutdated === true
    this.#fields = loaded && fields?.missingFrom(loaded, session, sid)
    this.#condition = conditionOf(options, now, expires, loaded, this.#fields !== undefined)
    if (isWholeCookie) {
      this.#set = { [COOKIE]: cookie }
      this.touched = { now, expires, cookie }
    } else if (isAboutExpiry) this.touched = { now, expires }
    else {
      this.#set = { [COOKIE_EXPIRY]: expiryOf(cookie) }
      this.touched = { now, expires, cookieExpires: expiryOf(cookie) }
    }
    // Before the answer, since the next touch of this session may come earlier
    if (loaded) this.#rememberTouched(loaded)
  }

  prepare(): Statement | undefined {
    const { canFold } = this.#parts.records.writes
    return canFold && this.#isByPath && !this.#isOutdated ? this.#statement() : undefined
  }

  forget(): void {
    this.#parts.snapshots.restore(this.#call.session, this.#before)
  }

  async sendAlone(): Promise<void> {
    try {
      await this.#writeAlone()
    } catch (error) {
      this.forget()
      throw error
    }
  }

  async #writeAlone(): Promise<void> {
    const { sid, expires, cookie } = this.#call
    const { now } = this.touched
    const { writes } = this.#parts.records
    const isDone = this.#isByPath && (await writes.sendAlone(this.#statement()))
    if (!isDone) await putCookie(this.#parts, sid, now, cookie, expires)
    if (this.#isOutdated) await encryptAnew(this.#parts, sid, now)
  }

  #statement(): Statement {
    const { sid, expires } = this.#call
    const update = { expires, set: this.#set, fields: this.#fields }
    return this.#parts.records.statements.updating(sid, update, this.#condition)
  }

  #rememberTouched(loaded: Snapshot): void {
    const { records, snapshots } = this.#parts
    const { session, expires, cookie } = this.#call
    snapshots.remember(session, {
      ...loaded,
      document: once(() => {
        if (cookie === undefined) return loaded.document()
        return documentWith(loaded.document(), records.values.of({ cookie }))
      }),
      expires,
      touches: undefined,
      cookie,
      hasAllFields: this.#fields === undefined,
      isOutdated: false,
    })
  }
}

function conditionOf(
  { expiresKey, touchAfter }: SessionParts['options'],
  now: number,
  expires: Date,
  loaded: Snapshot | undefined,
  hasFields: boolean,
): Condition {
  if (!loaded) return ifTouchable(expiresKey, now, expires, touchAfter)
  // Fails if another request has written since: that write has the fields, too
  return hasFields
    ? ifUnmoved(expiresKey, now, loaded.expires)
    : ifLive(expiresKey, now, loaded.expires)
}
