/** The operations on sessions: taken as they are now, checked, and in order. */
import { payloadOf, type SessionPayload } from './codec'
import { cookieOf } from './cookie'
import { expiresAt } from './expiry'
import type { ComputedFields } from './fields'
import { checkedFilter, isEmpty, refused } from './filter'
import { LoadedSessions } from './loaded'
import { Order } from './order'
import { SURELY_SMALL, tooLarge } from './payload'
import type { Records } from './records'
import type { ResolvedOptions } from './resolved-options'
import { SessionReader, type Unreadable } from './session-reader'
import { SessionWriter } from './session-writer'
import { StoredForm } from './stored-form'

/** @internal */
export interface SessionParts {
  readonly records: Records
  readonly options: ResolvedOptions
  readonly form: StoredForm
  readonly loaded: LoadedSessions
  /** Whether the keys of a record's session can be written one by one. */
  readonly hasPaths: boolean
  readonly fields: ComputedFields | undefined
}

/** @internal */
export class Sessions {
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #loaded = new LoadedSessions()
  readonly #order: Order
  readonly #reader: SessionReader
  readonly #writer: SessionWriter
  readonly #fields: ComputedFields | undefined

  constructor(records: Records, options: ResolvedOptions, fields?: ComputedFields) {
    this.#fields = fields
    this.#records = records
    this.#order = new Order(records.timeLimit)
    this.#options = options
    const form = new StoredForm(options, records.values.bson)
    const hasPaths = form.isPlain && records.takesPaths
    const parts = { records, options, form, loaded: this.#loaded, hasPaths, fields }
    this.#reader = new SessionReader(parts)
    this.#writer = new SessionWriter(parts)
  }

  /** The session, or null where there is none or it has expired. */
  get(sid: string): Promise<SessionPayload | null> {
    return this.#order.read(sid, () => this.#reader.load(sid))
  }

  /**
   * Writes what changed of a session that came from the store; inserts one that did not.
   * @param origin what `get` gave out, where someone else than `createSession` made the session of it
   */
  set(sid: string, session: object, origin?: object): Promise<void> {
    if (origin) this.#loaded.adopt(sid, origin, session)
    // As it is now: the app may go on changing it
    const walk = { bytes: 0 }
    const payload = payloadOf(session, walk)
    const expires = expiresAt(session, Date.now(), this.#options.expires)
    const fields = this.#fields?.of(session, sid)
    const isLarge = walk.bytes + sid.length > SURELY_SMALL
    if (isLarge && this.#records.isTooLarge(sid, { expires, session: payload, fields })) {
      throw tooLarge()
    }
    return this.#order.write(sid, () =>
      this.#writer.save(sid, session, { payload, expires, fields }),
    )
  }

  /** Moves the expiry of a session that is still there; never creates one. */
  touch(sid: string, session: object): Promise<void> {
    const cookie = cookieOf(session)
    const expires = expiresAt(session, Date.now(), this.#options.expires)
    return this.#order.write(sid, () => this.#writer.move(sid, session, expires, cookie))
  }

  /** Removes the session; that there is none is no error. */
  destroy(sid: string): Promise<void> {
    return this.#order.write(sid, () => this.#records.remove(sid))
  }

  /** Every live session with its id; `unreadable` is told of records that are none. */
  all(unreadable: Unreadable): Promise<SessionPayload[]> {
    return this.#order.readAll(() => this.#reader.list(unreadable))
  }

  /** Every live session that matches, one after the other; `unreadable` is told of records that are none. */
  async *matching(filter: object, unreadable: Unreadable): AsyncGenerator<SessionPayload> {
    const checked = checkedFilter(filter, this.#records.hasField)
    await this.#order.readAll(async () => {})
    const found = isEmpty(checked)
      ? this.#records.live(Date.now())
      : this.#records.matching(checked, Date.now())
    yield* this.#reader.readable(found, unreadable)
  }

  /** Removes every session that matches, and that was set before; resolves to how many. */
  destroyMany(filter: object): Promise<number> {
    const checked = checkedFilter(filter, this.#records.hasField)
    if (isEmpty(checked)) throw refused('it is empty, and `clear` is what removes every session')
    return this.#order.readAll(() => this.#records.removeMatching(checked))
  }

  /** How many sessions are live. */
  length(): Promise<number> {
    return this.#order.readAll(() => this.#records.countLive(Date.now()))
  }

  /** Removes every session. */
  clear(): Promise<void> {
    return this.#order.writeAll(() => this.#records.removeAll())
  }

  /** express-session has made the session `live` of `data`, which `get` gave out. */
  becameLive(data: object, keys: readonly string[], live: object): void {
    this.#loaded.passOn(data, keys, live)
  }
}
