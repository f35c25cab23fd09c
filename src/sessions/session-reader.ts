/** Makes sessions of records, and remembers what was loaded. */
import { notASession, payloadOf, type SessionPayload } from '../payload/codec'
import { syncCookieExpiry } from '../payload/cookie'
import { isLive } from '../payload/expiry'
import type { FoundRecord } from '../records/found-record'
import type { ComputedFields } from './computed-fields'
import { isPromise } from './session-format'
import type { SessionParts } from './session-parts'
import type { Touched } from './session-touch'
import { once, type Snapshot } from './snapshots'
import type { TouchedRecord, Touches } from './touches'

/** Called for a record that cannot be read as a session. */
export type OnUnreadable = (sid: string, error: unknown) => void

/** @internal */
export class SessionReader {
  readonly #parts: SessionParts
  readonly #touches: Touches

  constructor(parts: SessionParts, touches: Touches) {
    this.#parts = parts
    this.#touches = touches
  }

  async load(sid: string): Promise<SessionPayload | null> {
    const touches = this.#touches.of(sid)
    const found = await this.#parts.records.find(sid)
    if (!found) return null
    // Touches under way will be written before the next read, so that the session shows them already
    const left = this.#touches.applyTo(found, touches)
    const { expires } = left
    if (!isLive(expires, Date.now())) return null
    const record = expires === found.expires ? found : { ...found, expires }
    const decoded = this.#parts.format.decode(record)
    const session = isPromise(decoded) ? await decoded : decoded
    applyTouch(session, left)
    this.#parts.snapshots.remember(session, this.#snapshotOf(record, session, touches))
    return session
  }

  async list(unreadable: OnUnreadable): Promise<SessionPayload[]> {
    const sessions: SessionPayload[] = []
    const found = this.#parts.records.live(Date.now())
    for await (const { session } of this.#readable(found, unreadable)) sessions.push(session)
    return sessions
  }

  /** Each session with its id and its record's expiry: the cookie's may be null, or out of date. */
  async *withEnds(
    found: AsyncIterable<FoundRecord>,
    unreadable: OnUnreadable,
  ): AsyncGenerator<SessionPayload> {
    for await (const { session, record } of this.#readable(found, unreadable)) {
      yield Object.assign(session, { expires: record.expires ?? null })
    }
  }

  async *#readable(
    found: AsyncIterable<FoundRecord>,
    unreadable: OnUnreadable,
  ): AsyncGenerator<{ readonly session: SessionPayload; readonly record: FoundRecord }> {
    for await (const record of found) {
      let session: SessionPayload
      // The server's condition also matches an array of dates, which is no expiry
      if (!isLive(record.expires, Date.now())) continue
      try {
        if (typeof record.sid !== 'string') throw notASession('its session id is no text')
        session = { ...(await this.#parts.format.decode(record)), id: record.sid }
      } catch (error) {
        unreadable(typeof record.sid === 'string' ? record.sid : 'a record', error)
        continue
      }
      yield { session, record }
    }
  }

  #snapshotOf(record: FoundRecord, data: SessionPayload, touches: readonly Touched[]): Snapshot {
    const { sid, session, expires, document } = record
    const computed = this.#parts.fields
    return {
      fields: computed && record.fields,
      fieldNames: computed?.allowsOtherFields
        ? (hidden) => this.#fieldNames(computed, record, hidden)
        : undefined,
      sid,
      canMerge: this.#parts.canMerge && typeof session === 'object',
      // Computed when needed: most requests only read
      document: once(document),
      expires,
      touches,
      cookie: data.cookie && { ...data.cookie },
      isOutdated: this.#parts.format.isOutdated(session),
    }
  }

  /** Computed from the record: the app may have changed the session that `load` gave. */
  #fieldNames(
    computed: ComputedFields,
    record: FoundRecord,
    hidden: ReadonlySet<string> | undefined,
  ): readonly string[] | Promise<readonly string[]> {
    const namesFor = (session: SessionPayload) => {
      for (const key of hidden ?? []) delete session[key]
      return computed.namesFor(session, record.sid)
    }
    const decoded = this.#parts.format.decode(record.reread())
    return isPromise(decoded) ? decoded.then(namesFor) : namesFor(decoded)
  }
}

/** Changes the cookie as the touches under way will. */
function applyTouch(
  session: SessionPayload,
  { expires, cookie, cookieExpires }: TouchedRecord,
): void {
  if (cookie !== undefined) session.cookie = payloadOf({ cookie }).cookie
  const settings = session.cookie
  if (cookieExpires !== undefined && typeof settings === 'object' && settings !== null) {
    Object.assign(settings, payloadOf({ expires: cookieExpires }))
  }
  // A later touch may have moved the record's expiry alone
  if (cookie !== undefined) syncCookieExpiry(settings, expires)
}
