/** What the store promises, as the shortest store that keeps all of it: in memory, one step at a time. */
import { type Session, type SessionData, Store } from 'express-session'
import type { Data } from './data'
import { type Filter, matches, ownerOf } from './filter'

const LIFETIME = 14 * 24 * 60 * 60_000

type Cookie = Data & { expires: string | null }
type Payload = Data & { cookie: Cookie }

interface Stored {
  payload: Payload
  expires: number
  /** The field that is computed from the session. */
  owner: number | undefined
  /** Which write it was that left it so. */
  version: number
  /** Which write of the session it was: of one that is stored as one value, a touch moves the expiry alone. */
  form: number
}

/** What is known of a session that came from the store. */
interface Known {
  sid: string
  payload: Payload
  expires: number
  cookie: Cookie
  version: number
  /** The `form` of the record, if it is what the caller has loaded or written. */
  form: number | undefined
}

/** How a session is written: by what changed, as a whole, or as a whole and unreadable to queries. */
export type Writes = 'merge' | 'replace' | 'opaque'

/** The records, and the number of writes so far. */
export class World {
  readonly records = new Map<string, Stored>()
  version = 0
  /** Set once a promise was called upon that MemoryStore does not make. */
  isBeyondMemoryStore = false
}

export class ReferenceStore extends Store {
  readonly #world: World
  readonly #writes: Writes
  readonly #touchAfter: number
  readonly #known = new WeakMap<object, Known>()

  constructor(world: World, writes: Writes, touchAfter: number) {
    super()
    this.#world = world
    this.#writes = writes
    this.#touchAfter = touchAfter
  }

  override get(sid: string, callback: (error: null, session: SessionData | null) => void): void {
    const record = this.#live(sid)
    if (!record) return void process.nextTick(callback, null, null)
    const session = served(record)
    const { payload, expires, version, form } = record
    this.#known.set(session, { sid, payload, expires, cookie: copy(session.cookie), version, form })
    process.nextTick(callback, null, session as unknown as SessionData)
  }

  override set(sid: string, session: SessionData, callback: () => void): void {
    const payload = copy(session) as unknown as Payload
    const expires = endOf(payload)
    const known = this.#known.get(session)
    const owner = ownerOf(payload)
    if (!known) this.#put(sid, payload, expires, owner)
    else {
      const record = this.#live(sid)
      if (record?.version !== known.version) this.#world.isBeyondMemoryStore = true
      // Destroyed or expired: it stays away
      if (record) {
        const isKept = this.#writes === 'merge' && owner === ownerOf(known.payload)
        const merged = this.#merged(record.payload, known, payload)
        this.#put(sid, merged, expires, isKept ? record.owner : owner)
      }
    }
    if (known || 'req' in session) this.#remember(session, sid, payload, expires)
    process.nextTick(callback)
  }

  override touch(sid: string, session: SessionData, callback: () => void): void {
    const { cookie } = copy(session) as unknown as Payload
    const expires = endOf({ cookie })
    const known = this.#known.get(session)
    const isRenewed = !known || !differsOnlyInExpiry(known.cookie, cookie)
    const record = this.#live(sid)
    if (known && record && record.version !== known.version) this.#world.isBeyondMemoryStore = true
    if ((known && isRenewed) || this.#isWorthIt(expires, known, record)) {
      if (record) this.#move(record, sid, expires, this.#touched(record, session, known))
      if (known) this.#remember(session, sid, { ...known.payload, cookie }, expires)
    }
    process.nextTick(callback)
  }

  override destroy(sid: string, callback: () => void): void {
    this.#world.records.delete(sid)
    process.nextTick(callback)
  }

  override all(callback: (error: null, sessions: SessionData[]) => void): void {
    process.nextTick(callback, null, this.matching({}) as unknown as SessionData[])
  }

  override length(callback: (error: null, length: number) => void): void {
    this.all((_error, sessions) => callback(null, sessions.length))
  }

  destroyMany(filter: Filter, callback: (error: null, count: number) => void): void {
    const ended = [...this.#world.records.keys()].filter((sid) => this.#matches(sid, filter))
    for (const sid of ended) this.#world.records.delete(sid)
    process.nextTick(callback, null, ended.length)
  }

  override clear(callback: () => void): void {
    this.#world.records.clear()
    process.nextTick(callback)
  }

  override createSession(req: never, data: SessionData): Session & SessionData {
    const keys = Object.keys(data)
    const known = this.#known.get(data)
    const live = super.createSession(req, data)
    if (!known) return live
    // What the live session could not take over, having a member of that name, it never removed
    const hidden = keys.filter((key) => !Object.hasOwn(live, key))
    if (hidden.length > 0) this.#world.isBeyondMemoryStore = true
    const payload = Object.fromEntries(
      Object.entries(known.payload).filter(([key]) => !hidden.includes(key)),
    ) as Payload
    this.#known.set(live, { ...known, payload })
    return live
  }

  /** Whether a touch moves the expiry far enough. */
  #isWorthIt(expires: number, known: Known | undefined, record: Stored | undefined): boolean {
    const before = (known ?? record)?.expires ?? 0
    const moved = Math.abs(expires - before)
    const least = Math.min(this.#touchAfter, (expires - Date.now()) / 2)
    return moved >= least && (moved > 0 || !known)
  }

  /** What a touch makes of the session; undefined if it moves the expiry alone. */
  #touched(record: Stored, session: SessionData, known: Known | undefined): Payload | undefined {
    const given = copy(session) as unknown as Payload
    const isRenewed = !known || !differsOnlyInExpiry(known.cookie, given.cookie)
    // Stored as one value, which is written whole if it is still what was loaded
    if (this.#writes === 'opaque') {
      return isRenewed && known && known.form === record.form ? given : undefined
    }
    const cookie = isRenewed ? given.cookie : this.#moved(record.payload.cookie, given.cookie)
    return { ...record.payload, cookie }
  }

  #move(record: Stored, sid: string, expires: number, payload: Payload | undefined): void {
    const { form } = record
    this.#put(sid, payload ?? record.payload, expires, record.owner)
    if (!payload) Object.assign(this.#world.records.get(sid)!, { form })
  }

  matching(filter: Filter): Data[] {
    const sids = [...this.#world.records.keys()].filter((sid) => this.#live(sid))
    return sids
      .filter((sid) => this.#matches(sid, filter))
      .map((id) => ({ ...served(this.#live(id)!), id }))
  }

  #matches(sid: string, filter: Filter): boolean {
    const { payload, expires, owner } = this.#world.records.get(sid)!
    this.#live(sid) // MemoryStore may have another answer
    const session = this.#writes === 'opaque' ? undefined : payload
    return matches(filter, { sid, expires, owner, session })
  }

  #live(sid: string): Stored | undefined {
    const record = this.#world.records.get(sid)
    if (!record || record.expires > Date.now()) return record
    // MemoryStore keeps for ever what has no expiry of its own
    if (record.payload.cookie.expires === null) this.#world.isBeyondMemoryStore = true
    return undefined
  }

  #put(sid: string, payload: Payload, expires: number, owner: number | undefined): void {
    const version = ++this.#world.version
    this.#world.records.set(sid, { payload, expires, owner, version, form: version })
  }

  #remember(session: object, sid: string, payload: Payload, expires: number): void {
    const { version, records } = this.#world
    const record = records.get(sid)
    // Only if it was this write, or touch, that left it so
    const form = record?.version === version ? record.form : undefined
    this.#known.set(session, { sid, payload, expires, cookie: payload.cookie, version, form })
  }

  /** What is stored, with what the caller changed since he loaded it. */
  #merged(stored: Payload, { payload: before, cookie }: Known, after: Payload): Payload {
    if (this.#writes !== 'merge') return after
    const merged = { ...stored }
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) delete merged[key]
    for (const [key, value] of Object.entries(after)) {
      if (!Object.hasOwn(before, key) || !isSame(before[key], value)) merged[key] = value
    }
    if (merged.cookie !== stored.cookie && differsOnlyInExpiry(cookie, after.cookie)) {
      merged.cookie = this.#moved(stored.cookie, after.cookie)
    }
    return merged
  }

  /** The cookie's settings stay as another caller may have changed them. */
  #moved(stored: Cookie, { expires }: Cookie): Cookie {
    return this.#writes === 'opaque' ? stored : { ...stored, expires }
  }
}

/** A copy for one caller; its cookie ends when the record does. */
function served({ payload, expires }: Stored): Payload {
  const session = copy(payload)
  if (session.cookie.expires !== null) session.cookie.expires = new Date(expires).toISOString()
  return session
}

function endOf({ cookie }: { cookie: Cookie }): number {
  return cookie.expires === null ? Date.now() + LIFETIME : Date.parse(cookie.expires)
}

function differsOnlyInExpiry(a: Cookie, b: Cookie): boolean {
  return isSame({ ...a, expires: null }, { ...b, expires: null })
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}
