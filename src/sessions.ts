/** Sessions to records and back: what is read of a record, and what has to be written. */
import { canBePaths, changesBetween } from './changes'
import { notASession, payloadOf, type SessionPayload } from './codec'
import { cookieOf, sameButForExpiry } from './cookie'
import { expiresAt, isLive, liveFilter, needsTouch, touchFilter, unmovedFilter } from './expiry'
import { type ComputedFields, changedFields } from './fields'
import { checkedFilter, isEmpty, refused } from './filter'
import { isLiveSession, type Loaded, LoadedSessions } from './loaded'
import type { ResolvedOptions } from './options'
import { Order } from './order'
import { SURELY_SMALL, tooLarge } from './payload'
import type { Fields } from './queries'
import type { FoundRecord, Records } from './records'
import { isPromise, StoredForm } from './stored-form'

/** A session as it was when it was handed over. */
interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from it. */
  readonly fields?: Fields | undefined
}

/** @internal */
export class Sessions {
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #loaded = new LoadedSessions()
  readonly #order: Order
  readonly #form: StoredForm
  /** Whether the keys of a record's session can be written one by one. */
  readonly #hasPaths: boolean
  readonly #fields: ComputedFields | undefined

  constructor(records: Records, options: ResolvedOptions, fields?: ComputedFields) {
    this.#fields = fields
    this.#records = records
    this.#order = new Order(records.timeLimit)
    this.#options = options
    this.#form = new StoredForm(options, records.bson)
    this.#hasPaths = this.#form.isPlain && records.takesPaths
  }

  /** The session, or null where there is none or it has expired. */
  get(sid: string): Promise<SessionPayload | null> {
    return this.#order.read(sid, () => this.#load(sid))
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
    return this.#order.write(sid, () => this.#save(sid, session, { payload, expires, fields }))
  }

  /** Moves the expiry of a session that is still there; never creates one. */
  touch(sid: string, session: object): Promise<void> {
    const cookie = cookieOf(session)
    const expires = expiresAt(session, Date.now(), this.#options.expires)
    return this.#order.write(sid, () => this.#move(sid, session, expires, cookie))
  }

  /** Removes the session; that there is none is no error. */
  destroy(sid: string): Promise<void> {
    return this.#order.write(sid, () => this.#records.remove(sid))
  }

  /** Every live session with its id; `unreadable` is told of records that are none. */
  all(unreadable: (sid: string, error: unknown) => void): Promise<SessionPayload[]> {
    return this.#order.readAll(() => this.#list(unreadable))
  }

  /** Every live session that matches, one after the other; `unreadable` is told of records that are none. */
  async *matching(
    filter: object,
    unreadable: (sid: string, error: unknown) => void,
  ): AsyncGenerator<SessionPayload> {
    const checked = checkedFilter(filter, this.#records.hasField)
    await this.#order.readAll(async () => {})
    const found = isEmpty(checked)
      ? this.#records.live(Date.now())
      : this.#records.matching(checked, Date.now())
    yield* this.#readable(found, unreadable)
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

  async #load(sid: string): Promise<SessionPayload | null> {
    const record = await this.#records.find(sid)
    if (!record || !isLive(record.expires, Date.now())) return null
    const decoded = this.#form.decode(record)
    const session = isPromise(decoded) ? await decoded : decoded
    this.#loaded.remember(session, this.#whatWasLoaded(record, session))
    return session
  }

  async #save(sid: string, session: object, given: SessionState): Promise<void> {
    const now = Date.now()
    const loaded = this.#loaded.recall(session, sid)
    const gone = loaded && given.fields && this.#fields?.goneSince(loaded, given.fields)
    const state = gone ? { ...given, fields: { ...given.fields, ...(await gone) } } : given
    const { payload, expires, fields } = state
    if (!loaded) await this.#insert(sid, state)
    else await this.#update(sid, now, state, loaded)
    if (!loaded && !isLiveSession(session)) return
    this.#loaded.remember(session, {
      ...loaded,
      sid,
      hasPaths: this.#hasPaths,
      values: once(() => this.#records.valuesOf(payload)),
      expires,
      cookie: payload.cookie,
      fields: fields && { ...loaded?.fields, ...fields },
      hasAllFields: true,
      fieldNames: this.#fields?.areSome ? () => Object.keys(given.fields as Fields) : undefined,
      isOutdated: false,
    })
  }

  async #move(sid: string, session: object, expires: Date, cookie: unknown): Promise<void> {
    const now = Date.now()
    const { expiresKey, touchAfter } = this.#options
    const loaded = this.#loaded.recall(session, sid)
    const renewed = loaded !== undefined && !sameButForExpiry(loaded.cookie, cookie)
    if (loaded && !renewed && !needsTouch(loaded.expires, expires, touchAfter)) return
    const live = loaded
      ? liveFilter(expiresKey, now, loaded.expires)
      : touchFilter(expiresKey, now, expires, touchAfter)
    const fields = loaded && this.#fields?.lackedBy(loaded, session, sid)
    // Not over what another request has written since: its fields go with it
    const condition = fields ? unmovedFilter(expiresKey, now, loaded.expires) : live

    const hasPaths = loaded ? loaded.hasPaths : this.#hasPaths
    if (cookie === undefined || (loaded && !hasPaths && !renewed)) {
      await this.#records.update(sid, { expires, fields }, condition)
      if (loaded?.isOutdated) await this.#renew(sid, live, expires)
    } else {
      const set =
        loaded && !renewed ? { [COOKIE_EXPIRY]: expiryOf(cookie) } : { [pathOf('cookie')]: cookie }
      const update = { expires, set, fields }
      const isDone = hasPaths && (await this.#records.update(sid, update, condition))
      if (!isDone) await this.#putCookie(sid, now, cookie, expires)
    }
    if (!loaded) return
    const written = cookie === undefined ? {} : { cookie }
    const values = once(() => new Map([...loaded.values(), ...this.#records.valuesOf(written)]))
    this.#loaded.remember(session, {
      ...loaded,
      values,
      expires,
      cookie,
      hasAllFields: fields === undefined,
      isOutdated: false,
    })
  }

  async #list(unreadable: (sid: string, error: unknown) => void): Promise<SessionPayload[]> {
    const sessions: SessionPayload[] = []
    const found = this.#records.live(Date.now())
    for await (const session of this.#readable(found, unreadable)) sessions.push(session)
    return sessions
  }

  async *#readable(
    found: AsyncIterable<FoundRecord>,
    unreadable: (sid: string, error: unknown) => void,
  ): AsyncGenerator<SessionPayload> {
    for await (const record of found) {
      let session: SessionPayload
      // A list of dates is not, and can meet the server's condition all the same
      if (!isLive(record.expires, Date.now())) continue
      try {
        if (typeof record.sid !== 'string') throw notASession('its session id is no text')
        session = { ...(await this.#form.decode(record)), id: record.sid }
      } catch (error) {
        unreadable(typeof record.sid === 'string' ? record.sid : 'a record', error)
        continue
      }
      yield session
    }
  }

  #whatWasLoaded(record: FoundRecord, data: SessionPayload): Loaded {
    const { sid, session, expires, values } = record
    const computed = this.#fields
    return {
      fields: computed && record.fields,
      fieldNames: computed?.areSome
        ? (hidden) => this.#fieldNames(computed, record, hidden)
        : undefined,
      sid,
      hasPaths: this.#hasPaths && typeof session === 'object',
      // Lazily: most requests only read
      values: once(values),
      expires,
      cookie: data.cookie && { ...data.cookie },
      isOutdated: this.#form.isOutdated(session),
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
    const decoded = this.#form.decode(record.again())
    return isPromise(decoded) ? decoded.then(namesFor) : namesFor(decoded)
  }

  async #insert(sid: string, { payload, expires, fields }: SessionState): Promise<void> {
    // Not awaited where it need not be: what a caller asks for at once is to be sent at once
    const session = this.#form.isPlain ? payload : await this.#encoded(sid, payload, expires)
    await this.#records.upsert(sid, { expires, session, fields })
  }

  async #update(sid: string, now: number, state: SessionState, loaded: Loaded): Promise<void> {
    if (loaded.hasPaths && this.#options.writes === 'merge') {
      const { payload, expires, fields: computed } = state
      const changes = changesBetween(loaded.values(), payload, this.#records.isSame)
      if (canBePaths(changes)) {
        const isRenewed = !sameButForExpiry(loaded.cookie, payload.cookie)
        const set: Fields = {}
        for (const key of changes.changed) {
          if (key !== 'cookie' || isRenewed) set[pathOf(key)] = payload[key]
          else set[COOKIE_EXPIRY] = expiryOf(payload.cookie)
        }
        const unset = changes.removed.filter((key) => !loaded.hidden?.has(key)).map(pathOf)
        // One that another request has changed is left as that one wrote it
        const fields =
          computed && loaded.fields
            ? changedFields(loaded.fields, computed, this.#records.isStoredSame)
            : computed
        const condition = liveFilter(this.#options.expiresKey, now, loaded.expires)
        if (await this.#records.update(sid, { expires, fields, set, unset }, condition)) return
      }
    }
    // All of them: what is stored as a whole is what its fields are computed from
    await this.#replace(sid, now, state)
  }

  /** For a touch of what has no paths: the rest of the session stays as it is stored now. */
  async #putCookie(sid: string, now: number, cookie: unknown, expires: Date): Promise<void> {
    const record = await this.#records.find(sid)
    if (!record || !isLive(record.expires, now)) return
    const session = await this.#form.decode(record)
    const renewed = !sameButForExpiry(session.cookie, cookie)
    if (!renewed && !needsTouch(record.expires, expires, this.#options.touchAfter)) return
    await this.#replace(sid, now, { payload: payloadOf({ ...session, cookie }), expires })
  }

  /**
   * Encrypts what is stored with the first secret, so that no visitor keeps another one in use by
   * coming back in time. What is written meanwhile stays: it is newer.
   */
  async #renew(sid: string, condition: Record<string, unknown>, expires: Date): Promise<void> {
    const record = await this.#records.find(sid)
    if (!record || !this.#form.isOutdated(record.session)) return
    const asItWas = { session: { $eq: record.session } }
    // Without its expiry: nothing of what was found may be changed
    const payload = payloadOf(await this.#form.decode({ ...record, expires: undefined }))
    const session = await this.#form.encode(sid, payload)
    await this.#records.update(sid, { expires, session }, { ...condition, ...asItWas })
  }

  /** What is stored; a codec may make more of the session than it is. */
  async #encoded(sid: string, payload: SessionPayload, expires: Date): Promise<unknown> {
    const session = await this.#form.encode(sid, payload)
    if (this.#records.isTooLarge(sid, { expires, session })) throw tooLarge()
    return session
  }

  async #replace(
    sid: string,
    now: number,
    { payload, expires, fields }: SessionState,
  ): Promise<void> {
    const session = this.#form.isPlain ? payload : await this.#encoded(sid, payload, expires)
    const condition = liveFilter(this.#options.expiresKey, now)
    await this.#records.update(sid, { expires, session, fields }, condition)
  }
}

/** Of a key of the session, in the record. */
function pathOf(key: string): string {
  return `session.${key}`
}

/** Where an expiry that moved is written alone: another request may have changed the cookie's settings. */
const COOKIE_EXPIRY = pathOf('cookie.expires')

function expiryOf(cookie: unknown): unknown {
  return (cookie as { expires?: unknown } | null)?.expires ?? null
}

function once<T>(compute: () => T): () => T {
  let value: T | undefined
  return () => (value ??= compute())
}
