/** The operations on sessions: copies and checks their input, and runs them in order. */
import { isAway, MongoDBStoreError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'
import { elementNamed } from '../payload/bson-elements'
import { notASession } from '../payload/codec'
import { cookieOf, differsOnlyInExpiry, expiresAt, isLive } from '../payload/cookie'
import { payloadOf, type SessionPayload } from '../payload/payload'
import { checkedFilter, isEmpty, refused } from '../records/checked-filter'
import type { Fields } from '../records/queries'
import type { Found, FoundRecord } from '../records/reads'
import type { Records } from '../records/records'
import { type ComputedFields, changedFields } from './computed-fields'
import { isThenable, SessionFormat } from './format'
import { LateInserts } from './late-inserts'
import { type QueueContext, SessionQueue } from './queue'
import { type SessionParts, SessionRemoval, SessionSet, SessionTouch } from './session-writes'
import { type Snapshot, Snapshots } from './snapshots'

/** Called for a record that cannot be read as a session. */
export type OnUnreadable = (sid: string, error: unknown) => void

/** How often `recomputeFields` reads a session again that changes meanwhile. */
const MAX_TRIES = 10

/** @internal */
export class Sessions {
  readonly #parts: SessionParts
  readonly #records: Records
  readonly #queues = new Map<string, SessionQueue>()
  readonly #queueContext: QueueContext

  constructor(records: Records, options: ResolvedOptions, fields?: ComputedFields) {
    const format = new SessionFormat(options, records.bson, records.timeLimit)
    const canMerge = format.isPlain && records.canMerge
    const late = new LateInserts(this.#removeAgain)
    const snapshots = new Snapshots()
    this.#parts = { records, options, format, canMerge, fields, snapshots, late }
    this.#records = records
    this.#queueContext = {
      send: records.writes.send,
      canJoin: records.writes.canJoin,
      hasMiddleware: records.hasMiddleware,
      queues: this.#queues,
    }
  }

  /** The session, or null if there is none or it has expired. */
  get(sid: string): Promise<SessionPayload | null> {
    return this.#queueOf(sid).read(this.#load)
  }

  /**
   * Writes the changes of a session that came from the store; inserts any other.
   * @param origin the data that `get` gave, if a framework has made the session of it without `createSession`
   */
  set(sid: string, session: object, origin?: object): Promise<void> {
    if (origin) this.#parts.snapshots.transferOnce(sid, origin, session)
    const { options, fields } = this.#parts
    const state = {
      // A copy, since the app may go on changing the session
      payload: payloadOf(session),
      expires: expiresAt(session, Date.now(), options.expires),
      fields: fields?.of(session, sid),
    }
    return this.#queueOf(sid).write(new SessionSet(this.#parts, sid, session, state))
  }

  /** Moves the expiry of a session that is still there; never creates one. */
  touch(sid: string, session: object): Promise<void> {
    const cookie = cookieOf(session)
    const expires = expiresAt(session, Date.now(), this.#parts.options.expires)
    const loaded = this.#parts.snapshots.recall(session, sid)
    const canMerge = loaded ? loaded.canMerge : this.#parts.canMerge
    // Of a session that was not loaded here, nobody knows the settings
    const hasNewSettings = loaded
      ? !differsOnlyInExpiry(loaded.cookie, cookie)
      : canMerge && cookie !== undefined
    const touch = new SessionTouch(this.#parts, sid, session, expires, cookie, hasNewSettings)
    const queue = this.#queueOf(sid)
    if (!hasNewSettings) return queue.touch(touch)
    const touching = queue.write(touch)
    if (!loaded || canMerge) return touching
    // The new settings are within the session, which is stored as one value
    const state = { payload: payloadOf(session), expires, fields: undefined }
    const onto = { session: this.#storedIn(loaded) }
    const setting = queue.write(new SessionSet(this.#parts, sid, session, state, onto))
    return Promise.all([touching, setting]).then(() => {})
  }

  /** Removes the session. A session that does not exist is no error. */
  destroy(sid: string): Promise<void> {
    this.#parts.late.removing(EVERYTHING, sid)
    return this.#queueOf(sid).write(new SessionRemoval(this.#parts, sid))
  }

  /** Every live session with its id; calls `unreadable` for a record that is no session. */
  async all(unreadable: OnUnreadable): Promise<SessionPayload[]> {
    const sessions: SessionPayload[] = []
    await this.#written()
    for await (const { session } of this.#readable(this.#live(), unreadable)) sessions.push(session)
    return sessions
  }

  /**
   * Every live session that matches, one after the other, with its id and its record's expiry: the cookie's
   * may be null, or out of date. Calls `unreadable` for a record that is no session.
   */
  async *matching(filter: object, unreadable: OnUnreadable): AsyncGenerator<SessionPayload> {
    const checked = checkedFilter(filter, this.#records.hasField)
    await this.#written()
    const found = isEmpty(checked)
      ? this.#live()
      : this.#records.filtered.list(checked, this.#records.statements.live(Date.now()))
    for await (const { session, record } of this.#readable(found, unreadable)) {
      yield Object.assign(session, { expires: record.expires ?? null })
    }
  }

  /** Removes every session that matches, after the writes before it; resolves to their number. */
  async destroyMany(filter: object): Promise<number> {
    const checked = checkedFilter(filter, this.#records.hasField)
    if (isEmpty(checked)) throw refused('it is empty, and `clear` is what removes every session')
    this.#parts.late.removing(checked)
    await this.#written()
    return this.#records.filtered.remove(checked)
  }

  /** How many sessions are live. */
  async length(): Promise<number> {
    await this.#written()
    return this.#records.reads.count(this.#records.statements.live(Date.now()))
  }

  /** Removes every session. */
  async clear(): Promise<void> {
    this.#parts.late.removing(EVERYTHING)
    await this.#written()
    await this.#records.writes.removeAll({})
  }

  /**
   * Computes the fields of every live session, and writes those that differ from the stored ones; resolves
   * to how many sessions it has written. Calls `unreadable` for a record that is no session.
   */
  async recomputeFields(unreadable: OnUnreadable): Promise<number> {
    let count = 0
    await this.#written()
    for await (const found of this.#live()) {
      for (let tries = 0, next: Found | null = found; next && tries < MAX_TRIES; tries++) {
        const isWritten: boolean | undefined = await this.#recompute(next, unreadable)
        if (isWritten !== false) {
          if (isWritten) count++
          break
        }
        // It has changed meanwhile
        next = await this.#records.reads.find(this.#records.reads.sidOf(next) as string)
      }
    }
    return count
  }

  /** Notes that express-session has made the session `live` from `data`, which `get` gave. */
  trackLiveSession(data: object, keys: readonly string[], live: object): void {
    this.#parts.snapshots.transfer(data, keys, live)
  }

  #queueOf(sid: string): SessionQueue {
    const existing = this.#queues.get(sid)
    if (existing) return existing
    const queue = new SessionQueue(sid, this.#queueContext)
    this.#queues.set(sid, queue)
    return queue
  }

  /** Resolves when the writes that were issued until now have ended; rejects if the server is away. */
  async #written(): Promise<void> {
    const writing: Promise<void>[] = []
    for (const { written } of this.#queues.values()) if (written) writing.push(written)
    if (writing.length === 0) return
    for (const outcome of await Promise.allSettled(writing)) {
      if (outcome.status === 'rejected' && isAway(outcome.reason)) throw outcome.reason
    }
  }

  readonly #load = async (sid: string): Promise<SessionPayload | null> => {
    const found = await this.#records.reads.find(sid)
    if (!found) return null
    const record = this.#records.reads.decode(found)
    // The server also matches an array that holds the sid, and another sid that the collation makes equal
    if (record.sid !== sid || !isLive(record.expires, Date.now())) return null
    const decoded = this.#parts.format.decode(record)
    const session = isThenable(decoded) ? await decoded : decoded
    const { canMerge, fields, snapshots } = this.#parts
    snapshots.remember(session, {
      sid,
      canMerge: canMerge && typeof record.session === 'object',
      stored: record.bytes,
      expires: record.expires,
      cookie: session.cookie && { ...session.cookie },
      fields: fields && record.fields,
    })
    return session
  }

  /** What the record holds as `session`. */
  #storedIn({ encoded, stored }: Snapshot): unknown {
    if (encoded !== undefined) return encoded
    const element = elementNamed('session', stored as Buffer)
    return element && this.#records.exactly(element)
  }

  #live(): AsyncGenerator<Found> {
    return this.#records.reads.list(this.#records.statements.live(Date.now()))
  }

  async *#readable(
    found: AsyncIterable<Found>,
    unreadable: OnUnreadable,
  ): AsyncGenerator<{ readonly session: SessionPayload; readonly record: FoundRecord }> {
    for await (const each of found) {
      const readable = await this.#read(each, unreadable)
      if (readable) yield readable
    }
  }

  async #read(found: Found, unreadable: OnUnreadable) {
    const sid = this.#records.reads.sidOf(found)
    try {
      const record = this.#records.reads.decode(found)
      // The server's condition also matches an array of dates, which is no expiry
      if (!isLive(record.expires, Date.now())) return undefined
      if (sid === undefined) throw notASession('its session id is no text')
      const session = { ...(await this.#parts.format.decode(record)), id: sid }
      return { session, record }
    } catch (error) {
      unreadable(sid ?? 'a record', error)
      return undefined
    }
  }

  /** @returns whether the record was written; undefined if there is nothing to write */
  async #recompute(found: Found, unreadable: OnUnreadable): Promise<boolean | undefined> {
    const { records, fields: computed, format } = this.#parts
    const sid = records.reads.sidOf(found)
    try {
      const record = records.reads.decode(found)
      if (sid === undefined) throw notASession('its session id is no text')
      const values = computed?.of(await format.decode(record), sid) ?? {}
      const fields = changedFields(record.fields, values, records.areSame)
      if (Object.keys(fields).length === 0) return undefined
      const session = records.exactly(elementNamed('session', record.bytes) as Buffer)
      const condition = records.statements.holding(session)
      return await records.writes.updateOne(records.statements.update(sid, { fields }, condition))
    } catch (error) {
      if (!(error instanceof MongoDBStoreError)) throw error
      unreadable(sid ?? 'a record', error)
      return undefined
    }
  }

  readonly #removeAgain = (sid: string, filter: Fields): void => {
    const again = { $and: [{ [this.#parts.options.idField]: sid }, filter] }
    const removing =
      filter === EVERYTHING ? this.destroy(sid) : this.#records.filtered.remove(again)
    removing.catch(() => {})
  }
}

/** The filter of a removal of every session. */
const EVERYTHING: Fields = {}
