/** The operations on sessions: copies and checks their input, and runs them in order. */

import { NoAnswerError } from '../errors'
import { ignoreRejection } from '../operations/callback'
import type { ResolvedOptions } from '../options/resolved-options'
import { payloadOf, type SessionPayload } from '../payload/codec'
import { cookieOf } from '../payload/cookie'
import { expiresAt } from '../payload/expiry'
import { checkedFilter, isEmpty, refused } from '../records/checked-filter'
import type { Records } from '../records/records'
import type { ComputedFields } from './computed-fields'
import { LateWrites } from './late-writes'
import { SessionFormat } from './session-format'
import type { SessionParts } from './session-parts'
import { SessionQueues } from './session-queues'
import { type OnUnreadable, SessionReader } from './session-reader'
import { SessionRemoval } from './session-removal'
import { SessionSet } from './session-set'
import { SessionTouch } from './session-touch'
import { Snapshots } from './snapshots'
import { Touches } from './touches'
import { type SessionWrite, sendTogether } from './write-group'

/** @internal */
export class Sessions {
  readonly #queues: SessionQueues<SessionWrite>
  readonly #touches: Touches
  readonly #late = new LateWrites((sid) => ignoreRejection(this.destroy(sid)))
  readonly #reader: SessionReader
  readonly #parts: SessionParts

  constructor(records: Records, options: ResolvedOptions, fields?: ComputedFields) {
    const format = new SessionFormat(options, records.values.bson, records.timeLimit)
    const canMerge = format.isPlain && records.canMerge
    this.#parts = { records, options, format, snapshots: new Snapshots(), canMerge, fields }
    this.#queues = new SessionQueues(
      (take) => sendTogether(records, take),
      records.timeLimit,
      records.readsPrimary,
    )
    this.#touches = new Touches(records, options.touchAfter)
    this.#reader = new SessionReader(this.#parts, this.#touches)
  }

  /** The session, or null if there is none or it has expired. */
  get(sid: string): Promise<SessionPayload | null> {
    return this.#queues.read(sid, () => this.#reader.load(sid))
  }

  /**
   * Writes the changes of a session that came from the store; inserts any other.
   * @param origin the data that `get` gave, if a framework has made the session of it without `createSession`
   */
  set(sid: string, session: object, origin?: object): Promise<void> {
    const { options, format, snapshots, fields: computed } = this.#parts
    if (origin) snapshots.transferOnce(sid, origin, session)
    // A copy, since the app may go on changing the session
    const payload = payloadOf(session)
    const expires = expiresAt(session, Date.now(), options.expires)
    const fields = computed?.of(session, sid)
    const encoded = format.encode(sid, payload)
    const state = { payload, expires, fields, encoded }
    return this.#queues.write(sid, new SessionSet(this.#parts, sid, session, state)).then(
      () => this.#late.written(sid),
      (error: unknown) => {
        if (error instanceof NoAnswerError && error.ending) this.#late.add(sid, error.ending)
        throw error
      },
    )
  }

  /** Moves the expiry of a session that is still there; never creates one. */
  touch(sid: string, session: object): Promise<void> {
    const cookie = cookieOf(session)
    const expires = expiresAt(session, Date.now(), this.#parts.options.expires)
    // Queued as a read: only writes wait for it
    const isToPrimary = true
    return this.#queues.read(
      sid,
      async () => {
        const touch = SessionTouch.of(this.#parts, { sid, session, expires, cookie })
        if (touch) await this.#touches.send(sid, touch)
      },
      isToPrimary,
    )
  }

  /** Removes the session. A session that does not exist is no error. */
  destroy(sid: string): Promise<void> {
    return this.#queues
      .write(sid, new SessionRemoval(this.#parts.records, sid))
      .then(() => this.#late.destroyed(sid))
  }

  /** Every live session with its id; calls `unreadable` for a record that is no session. */
  all(unreadable: OnUnreadable): Promise<SessionPayload[]> {
    return this.#queues.readAll(() => this.#reader.list(unreadable))
  }

  /** Every live session that matches, one after the other; calls `unreadable` for a record that is no session. */
  async *matching(filter: object, unreadable: OnUnreadable): AsyncGenerator<SessionPayload> {
    const checked = checkedFilter(filter, this.#parts.records.hasField)
    await this.#queues.readAll(async () => {})
    const found = isEmpty(checked)
      ? this.#parts.records.live(Date.now())
      : this.#parts.records.matching(checked, Date.now())
    yield* this.#reader.withEnds(found, unreadable)
  }

  /** Removes every session that matches, after the writes before it; resolves to their number. */
  destroyMany(filter: object): Promise<number> {
    const checked = checkedFilter(filter, this.#parts.records.hasField)
    if (isEmpty(checked)) throw refused('it is empty, and `clear` is what removes every session')
    return this.#queues.readAll(() => this.#parts.records.removeMatching(checked))
  }

  /** How many sessions are live. */
  length(): Promise<number> {
    return this.#queues.readAll(() => this.#parts.records.countLive(Date.now()))
  }

  /** Removes every session. */
  clear(): Promise<void> {
    return this.#queues
      .writeAll(() => this.#parts.records.removeAll())
      .then(() => this.#late.destroyed())
  }

  /** Notes that express-session has made the session `live` from `data`, which `get` gave. */
  trackLiveSession(data: object, keys: readonly string[], live: object): void {
    this.#parts.snapshots.transfer(data, keys, live)
  }
}
