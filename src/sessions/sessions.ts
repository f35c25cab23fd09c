/** The operations on sessions: copies and checks their input, and runs them in order. */
import { isAway } from '../errors'
import { ignoreRejection } from '../operations/operations'
import type { ResolvedOptions } from '../options/resolved-options'
import { elementNamed } from '../payload/bson-elements'
import { notASession } from '../payload/codec'
import { expiresAt, isLive } from '../payload/cookie'
import { payloadOf, type SessionPayload } from '../payload/payload'
import { checkedFilter, isEmpty, refused } from '../records/checked-filter'
import type { Fields } from '../records/queries'
import type { Found, FoundRecord } from '../records/reads'
import type { Records } from '../records/records'
import type { Write } from '../records/statements'
import { type ComputedFields, changedFields } from './computed-fields'
import { isThenable, SessionFormat } from './format'
import { EVERYTHING, LateInserts } from './late-inserts'
import { type QueueContext, SessionQueue } from './queue'
import { SessionTouch } from './session-touch'
import { type SessionParts, SessionRemoval, SessionSet } from './session-writes'
import { Snapshots } from './snapshots'

/** Called for a record that cannot be read as a session; without an id if that is not a string. */
export type OnUnreadable = (sid: string | undefined, error: unknown) => void

/** Whether a write created a record; undefined if it was superfluous, and not sent. */
type Outcome = Promise<boolean | undefined>

/** @internal */
export class Sessions {
  readonly snapshots = new Snapshots()
  readonly #parts: SessionParts
  readonly #records: Records
  readonly #queues = new Map<string, SessionQueue>()
  readonly #queueContext: QueueContext

  constructor(records: Records, options: ResolvedOptions, fields?: ComputedFields) {
    const format = new SessionFormat(options, records.bson)
    const canMerge = format.isPlain && records.canMerge
    const late = new LateInserts(this.#removeAgain)
    this.#parts = { records, options, format, canMerge, fields, late, snapshots: this.snapshots }
    this.#records = records
    const { writes, hasMiddleware } = records
    this.#queueContext = { writes, hasMiddleware, queues: this.#queues }
  }

  /** Null if there is none or it has expired. */
  get(sid: string): Promise<SessionPayload | null> {
    return this.#queueOf(sid).read(this.#load)
  }

  /**
   * Writes the changes of a session loaded from the store; inserts any other.
   * @param given the app's session id; `sid` is the stored one
   * @param origin the data from `get`, if a framework turned it into the session without `createSession`
   */
  set(sid: string, session: object, given = sid, origin?: object): Outcome {
    if (origin) this.snapshots.transferOnce(sid, origin, session)
    const { options, fields } = this.#parts
    const state = {
      // A copy, since the app may keep changing the session
      payload: payloadOf(session),
      expires: expiresAt(session, Date.now(), options.expires),
      fields: fields?.of(session, given),
    }
    const write = new SessionSet(this.#parts, sid, session, state)
    if (!this.snapshots.recall(session, sid)) this.#parts.late.inserting(sid)
    return this.#queueOf(sid).write(write)
  }

  /** Moves the expiry of a session that still exists; never creates one. */
  touch(sid: string, session: object): Outcome {
    const touch = new SessionTouch(this.#parts, sid, session)
    const queue = this.#queueOf(sid)
    if (touch.isReplaceable()) return queue.touch(touch)
    const touching = queue.write(touch)
    return touch.setting
      ? Promise.all([touching, queue.write(touch.setting)]).then(([touched]) => touched)
      : touching
  }

  /** Removes the session, if it exists. */
  destroy(sid: string): Outcome {
    this.#parts.late.removing(EVERYTHING, sid)
    return this.#queueOf(sid).write(new SessionRemoval(this.#parts, sid))
  }

  /** Every live session with its id; calls `unreadable` for a record that is not a session. */
  async all(unreadable: OnUnreadable): Promise<SessionPayload[]> {
    const sessions: SessionPayload[] = []
    await this.#written()
    for await (const found of this.#live()) {
      const { session, record } = (await this.#read(found, unreadable)) ?? {}
      if (record) sessions.push({ ...session, id: record.sid })
    }
    return sessions
  }

  /**
   * Every live session that matches, with its id and its record's expiry: the cookie's may be null or out of
   * date. Calls `unreadable` for a record that is not a session.
   */
  async *matching(filter: object, unreadable: OnUnreadable): AsyncGenerator<SessionPayload> {
    const { filtered, hasField, statements } = this.#records
    const checked = checkedFilter(filter, hasField)
    await this.#written()
    const isAny = isEmpty(checked)
    const all = isAny ? this.#live() : filtered.list(checked, statements.live(Date.now()))
    for await (const found of all) {
      const { session, record } = (await this.#read(found, unreadable)) ?? {}
      if (record) yield { ...session, id: record.sid, expires: record.expires ?? null }
    }
  }

  /** Removes every session that matches, after earlier writes; resolves to how many. */
  async destroyMany(filter: object): Promise<number> {
    const checked = checkedFilter(filter, this.#records.hasField)
    if (isEmpty(checked)) throw refused('it is empty; call `clear` to remove every session')
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
   * Computes the fields of every live session, and writes those that differ; resolves to how many sessions it has
   * written. A session that changes in the meantime is read again, up to ten times. Calls `unreadable` for a record
   * that is not a session, or whose fields cannot be computed.
   */
  async recomputeFields(unreadable: OnUnreadable): Promise<number> {
    let count = 0
    await this.#written()
    for await (const found of this.#live()) {
      let next: Found | null = found
      for (let tries = 1; next; tries++) {
        const { session, record } = (await this.#read(next, unreadable)) ?? {}
        next = null
        const update = record && this.#recomputed(record, session as SessionPayload, unreadable)
        if (!update) continue
        if (await this.#records.writes.updateOne(update)) count++
        else if (tries === 10) unreadable(record.sid, notASession('it keeps changing'))
        else next = await this.#records.reads.find(record.sid)
      }
    }
    return count
  }

  #queueOf(sid: string): SessionQueue {
    const existing = this.#queues.get(sid)
    if (existing) return existing
    const queue = new SessionQueue(sid, this.#queueContext)
    this.#queues.set(sid, queue)
    return queue
  }

  /** Resolves when the writes issued so far have ended; rejects if the server is away. */
  async #written(): Promise<void> {
    const writing: Promise<unknown>[] = []
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
    // The server also matches an array that contains the sid, and another sid that the collation makes equal
    if (record.sid !== sid || !isLive(record.expires, Date.now())) return null
    const decoded = this.#parts.format.decode(record)
    const session = isThenable(decoded) ? await decoded : decoded
    const { canMerge, fields } = this.#parts
    this.snapshots.replace(session, {
      sid,
      canMerge: canMerge && typeof record.session === 'object',
      record: record.bytes,
      expires: record.expires,
      cookie: session.cookie && { ...session.cookie },
      fields: fields && record.fields,
    })
    return session
  }

  #live(): AsyncGenerator<Found> {
    return this.#records.reads.list(this.#records.statements.live(Date.now()))
  }

  /** @returns undefined for a record that is not a live session */
  async #read(found: Found, unreadable: OnUnreadable) {
    const sid = this.#records.reads.sidOf(found)
    try {
      const record = this.#records.reads.decode(found)
      // The server's condition also matches an array of dates
      if (!isLive(record.expires, Date.now())) return undefined
      if (sid === undefined) throw notASession('its session id is not a string')
      return { record, session: await this.#parts.format.decode(record) }
    } catch (error) {
      unreadable(sid, error)
      return undefined
    }
  }

  /** Writes the fields that differ, if nothing else has changed; undefined if none differs. */
  #recomputed(
    { sid, fields: stored, bytes }: FoundRecord,
    session: SessionPayload,
    unreadable: OnUnreadable,
  ): Write | undefined {
    const { records, fields: computed } = this.#parts
    try {
      const fields = changedFields(stored, computed?.of(session, sid) ?? {}, records.bson.areSame)
      if (Object.keys(fields).length === 0) return undefined
      const data = records.bson.exactly(elementNamed('session', bytes) as Buffer)
      return records.statements.update(sid, { fields }, records.statements.holding(data))
    } catch (error) {
      unreadable(sid, error)
      return undefined
    }
  }

  readonly #removeAgain = (sid: string, filter: Fields): void => {
    const { idField } = this.#parts.options
    ignoreRejection(this.#records.filtered.remove({ $and: [{ [idField]: sid }, filter] }))
  }
}
