/** Records to sessions: what is read, and what is remembered of it. */
import { notASession, payloadOf, type SessionPayload } from '../payload/codec'
import { freshenCookie } from '../payload/cookie'
import { isLive } from '../payload/expiry'
import type { FoundRecord } from '../records/found-record'
import type { ComputedFields } from './computed-fields'
import { isPromise } from './session-format'
import type { SessionParts } from './session-parts'
import { once, type Snapshot } from './snapshots'
import type { TouchedRecord, Touches } from './touches'

/** Told of a record that is no session, by its sid. */
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
    // What is under way will be there before anyone can look again
    const left = this.#touches.after(found, touches)
    const { expires } = left
    if (!isLive(expires, Date.now())) return null
    const record = expires === found.expires ? found : { ...found, expires }
    const decoded = this.#parts.format.decode(record)
    const session = isPromise(decoded) ? await decoded : decoded
    applyTouch(session, left)
    this.#parts.snapshots.remember(session, this.#snapshotOf(record, session))
    return session
  }

  async list(unreadable: OnUnreadable): Promise<SessionPayload[]> {
    const sessions: SessionPayload[] = []
    const found = this.#parts.records.live(Date.now())
    for await (const { session } of this.#readable(found, unreadable)) sessions.push(session)
    return sessions
  }

  /** Each session with its id, and with its record's end: that of its cookie may be null, or out of date. */
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
      // A list of dates is not, and can meet the server's condition all the same
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

  #snapshotOf(record: FoundRecord, data: SessionPayload): Snapshot {
    const { sid, session, expires, values } = record
    const computed = this.#parts.fields
    return {
      fields: computed && record.fields,
      fieldNames: computed?.allowsOtherFields
        ? (hidden) => this.#fieldNames(computed, record, hidden)
        : undefined,
      sid,
      canMerge: this.#parts.canMerge && typeof session === 'object',
      // Lazily: most requests only read
      values: once(values),
      expires,
      cookie: data.cookie && { ...data.cookie },
      isOutdated: this.#parts.format.isOutdated(session),
    }
  }

  /** Of the session as it is in the record, since the app has changed the one that was given out. */
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

/** The cookie, as the touches under way leave it. */
function applyTouch(
  session: SessionPayload,
  { expires, cookie, cookieExpires }: TouchedRecord,
): void {
  if (cookie !== undefined) session.cookie = payloadOf({ cookie }).cookie
  const settings = session.cookie
  if (cookieExpires !== undefined && typeof settings === 'object' && settings !== null) {
    Object.assign(settings, payloadOf({ expires: cookieExpires }))
  }
  // Of a later touch, which moved the record's expiry alone
  if (cookie !== undefined) freshenCookie(settings, expires)
}
