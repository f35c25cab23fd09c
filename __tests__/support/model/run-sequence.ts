/** Runs a sequence on a store (a real one, MemoryStore or the reference), and returns the outcomes. */
import type { SessionData, Store } from 'express-session'
import type { MongoDBStore } from '../../../src'
import { withClock } from './clock'
import type { Data } from './data'
import type { Filter } from './filter'
import type { Asking, CookieChange, Sequence, Step, Turn } from './sequence'

/** Far from the system's time, so that a use of the wrong clock shows. */
const START = Date.UTC(2040, 0, 1)

const LAST_LOOK: Turn = { later: 0, process: 0, by: 'callback', steps: [{ do: 'all' }] }

/** MemoryStore and the reference: they take callbacks only. */
interface Model extends Store {
  matching(filter: Filter): Data[] | Promise<Data[]>
  destroyMany(filter: Filter, callback: (error: null, count: number) => void): void
}

type SequenceStore = MongoDBStore | Model

/** The same records seen from two processes. */
export type Processes = readonly [SequenceStore, SequenceStore]

type Session = SessionData & Data
type Held = { sid: string; session: Session }
type Request = Parameters<Store['createSession']>[0]

/** The outcomes of the steps of each turn, and of a last `all`; stops when `continues` says so. */
export function runSequence(
  processes: Processes,
  sequence: Sequence,
  continues: () => boolean = () => true,
): Promise<unknown[][]> {
  return withClock(START, async (clock) => {
    const callers = processes.map((store) => new Callers(store)) as [Callers, Callers]
    const outcomes: unknown[][] = []
    for (const { later, process, by, steps } of [...sequence, LAST_LOOK]) {
      clock.now += later
      const outcome = await callers[process].turn(steps, by)
      if (!continues()) break
      outcomes.push(outcome)
    }
    return outcomes
  })
}

/** The callers in one process, each with the session that it holds. */
class Callers {
  readonly #store: SequenceStore
  readonly #held = new Map<string, Held>()
  #by: Asking = 'callback'
  #isByPromise = false

  constructor(store: SequenceStore) {
    this.#store = store
  }

  /** Issues the steps at once, and waits until all have ended. */
  async turn(steps: readonly Step[], by: Asking): Promise<unknown[]> {
    this.#by = by
    const loaded: (() => void)[] = []
    const outcomes = await Promise.all(steps.map((step) => this.#do(step, loaded)))
    for (const hold of loaded) hold()
    return outcomes
  }

  #do(step: Step, loaded: (() => void)[]): Promise<unknown> {
    switch (step.do) {
      case 'load':
        return this.#load(step, loaded)
      case 'create':
        return this.#create(step)
      case 'regenerate':
        return this.#regenerate(step)
      case 'save':
        return this.#save(step)
      case 'touch':
        return this.#touch(step)
      case 'touch unloaded':
        return this.#ask('touch', step.sid, { cookie: cookieOf(step.maxAge) })
      case 'destroy':
        return this.#ask('destroy', step.sid)
      case 'sessions':
        return this.#list(step.filter)
      case 'destroyMany':
        return this.#destroyMany(step)
      case 'removal of what expired':
        return removeExpired(this.#store)
      default:
        return this.#ask(step.do)
    }
  }

  #load(step: Step & { do: 'load' }, loaded: (() => void)[]): Promise<unknown> {
    const { caller, sid, live } = step
    let session: Session | null = null
    // Used from the next turn on, whatever the order of the answers
    loaded.push(() => {
      if (session) this.#held.set(caller, { sid, session })
      else this.#held.delete(caller)
    })
    return this.#ask('get', sid, (found: Session | null) => {
      session = found && live ? this.#live(sid, found) : found
    })
  }

  #create({ caller, sid, live, data, maxAge }: Step & { do: 'create' }): Promise<unknown> {
    const plain = { ...structuredClone(data), cookie: cookieOf(maxAge) } as unknown as Session
    const session = live ? this.#live(sid, plain) : plain
    this.#held.set(caller, { sid, session })
    return this.#ask('set', sid, session)
  }

  /** As express-session's: the old session ends, and a new one is stored under another sid. */
  #regenerate({ caller, ...rest }: Step & { do: 'regenerate' }): Promise<unknown> {
    const old = this.#held.get(caller)
    const ended = old ? this.#ask('destroy', old.sid) : undefined
    return Promise.all([ended, this.#create({ ...rest, do: 'create', caller, live: true })])
  }

  async #save({ caller, set, remove, cookie }: Step & { do: 'save' }): Promise<unknown> {
    const held = this.#held.get(caller)
    if (!held) return undefined
    for (const key of remove) delete held.session[key]
    Object.assign(held.session, structuredClone(set))
    changeCookie(held.session, cookie)
    return this.#ask('set', held.sid, held.session)
  }

  async #touch({ caller, cookie }: Step & { do: 'touch' }): Promise<unknown> {
    const held = this.#held.get(caller)
    if (!held) return undefined
    changeCookie(held.session, cookie)
    return this.#ask('touch', held.sid, held.session)
  }

  async #list(filter: Filter): Promise<unknown> {
    const sessions: Data[] = []
    const found = isModel(this.#store)
      ? await this.#store.matching(filter)
      : this.#store.sessions(this.#named(filter) as never)
    for await (const session of found) sessions.push(withoutExpiry(session as never))
    return comparable('all', sessions)
  }

  /** Without `live` the count also depends on which expired records the server has removed. */
  async #destroyMany({ filter, live }: Step & { do: 'destroyMany' }): Promise<unknown> {
    if (!live) return typeof (await this.#ask('destroyMany', this.#named(filter)))
    const ofLive = { ...filter, expires: { $gt: new Date(Date.now()) } }
    return this.#ask('destroyMany', this.#named(ofLive))
  }

  /** The filter with the names that the store's fields have. */
  #named(filter: object): Filter {
    if (isModel(this.#store)) return filter as Filter
    const { idField, expiresKey } = this.#store.options
    const text = JSON.stringify(filter, (key, value) => {
      if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
      const names: Record<string, string> = { _id: idField, expires: expiresKey }
      const entries = Object.entries(value).map(([name, each]) => [names[name] ?? name, each])
      return key === 'session' ? value : Object.fromEntries(entries)
    })
    return JSON.parse(text)
  }

  #live(sid: string, data: Session): Session {
    return this.#store.createSession({ sessionID: sid } as Request, data) as unknown as Session
  }

  /** Calls the method; `args` may end with a function that gets the result. */
  async #ask(method: string, ...args: unknown[]): Promise<unknown> {
    const tell = typeof args.at(-1) === 'function' ? (args.pop() as (value: unknown) => void) : null
    try {
      const value = await this.#answer(method, args)
      tell?.(value ?? null)
      return comparable(method, value)
    } catch (error) {
      tell?.(null)
      return `${(error as Error).name}: ${(error as Error).message}`
    }
  }

  #answer(method: string, args: unknown[]): Promise<unknown> {
    const methods = this.#store as unknown as Record<string, (...args: unknown[]) => unknown>
    const call = methods[method]!.bind(this.#store)
    this.#isByPromise = this.#by === 'each in turn' ? !this.#isByPromise : this.#by === 'promise'
    if (this.#isByPromise && !isModel(this.#store)) return call(...args) as never
    return new Promise((resolve, reject) => {
      call(...args, (error: Error | null, value: unknown) =>
        error ? reject(error) : resolve(value),
      )
    })
  }
}

/** Removes the record's expiry, which the models do not return, unless it differs from the cookie's. */
function withoutExpiry({ expires, ...session }: Session): Data {
  const { expires: ofCookie } = session.cookie
  const isSame = !ofCookie || !expires || Number(new Date(ofCookie)) === Number(expires)
  return isSame ? session : { ...session, endsAt: expires }
}

function isModel(store: SequenceStore): store is Model {
  return 'matching' in store
}

function cookieOf(maxAge: number | null): Data {
  const expires = maxAge === null ? null : new Date(Date.now() + maxAge)
  return { originalMaxAge: maxAge, expires, httpOnly: true, path: '/' }
}

function changeCookie({ cookie }: Session, change: CookieChange): void {
  if (change === 'as it is') return
  const maxAge = change === 'renewed' ? cookie.originalMaxAge : change.maxAge
  cookie.expires = maxAge === null ? null : new Date(Date.now() + maxAge)
  cookie.originalMaxAge = maxAge
}

/** As the TTL index does at some time. */
async function removeExpired(store: Store): Promise<void> {
  const { model, options } = store as MongoDBStore
  await model?.deleteMany({ [options.expiresKey]: { $lte: new Date(Date.now()) } } as never)
}

/** As JSON, which is how MemoryStore keeps it; `all` by sid, whatever the kind of collection. */
function comparable(method: string, value: unknown): unknown {
  if (method === 'get') return JSON.stringify(sorted(value ?? null))
  if (method !== 'all') return value
  const entries = Object.entries(value as Record<string, Data>)
  return entries
    .map(([key, { id = key, ...rest }]) => `${id} ${JSON.stringify(sorted(rest))}`)
    .sort()
}

/** Keys in one order: an update in place keeps the record's. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value) || value instanceof Date) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]))
}
