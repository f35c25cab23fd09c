/** The shape of a rule, and how a rule talks to a store: through callbacks, as express-session does. */
import { AssertionError } from 'node:assert'
import type { SessionData, Store } from 'express-session'

/** What a store may lack, since express-session calls it optional. */
export type Ability = 'touch' | 'all' | 'length' | 'clear'

/** Makes an empty store; called once for each rule. It may be ready later than it returns. */
export type CreateStore = () => Store | Promise<Store>

/** One thing that a store of express-session's has to do, as a sentence and a check. */
export interface Rule {
  /** A sentence about behaviour. */
  readonly name: string
  /** The optional methods that it uses. */
  readonly needs: readonly Ability[]
  /** Resolves where the store keeps to the rule, and rejects with an `AssertionError` where not. */
  check(createStore: CreateStore): Promise<void>
}

type Stored = Record<string, unknown> & { cookie?: Record<string, unknown> }

/** A store whose callbacks have become promises that also check how they were called. */
export interface StoreUnderTest {
  /** The store itself. */
  readonly store: Store
  /** The session, or null. */
  get(sid: string): Promise<Stored | null>
  /** Stores the session. */
  set(sid: string, session: object): Promise<void>
  /** Removes the session. */
  destroy(sid: string): Promise<void>
  /** Moves its expiry. */
  touch(sid: string, session: object): Promise<void>
  /** The sessions by session id, whether the store lists them as an object or as an array. */
  all(): Promise<Stored[]>
  /** How many there are. */
  length(): Promise<number>
  /** Removes all of them. */
  clear(): Promise<void>
}

export function rule(
  name: string,
  needs: readonly Ability[],
  body: (store: StoreUnderTest) => Promise<void>,
): Rule {
  return { name, needs, check: async (createStore) => body(underTest(await createStore())) }
}

/** As `maxAge`: a session that has ended. */
export const PAST = -1000

/** A session as express-session hands it over; its cookie ends in `maxAge` ms, or with the browser. */
export function sessionOf(
  data: Record<string, unknown> = {},
  maxAge: number | null = 60_000,
): SessionData & Record<string, unknown> {
  const expires = maxAge === null ? null : new Date(Date.now() + maxAge)
  const cookie = { originalMaxAge: maxAge, expires, httpOnly: true, path: '/' }
  return { cookie, ...data }
}

function underTest(store: Store): StoreUnderTest {
  const ask = (method: string, ...args: unknown[]) => call(store, method, args)
  return {
    store,
    get: async (sid) => ((await ask('get', sid)) ?? null) as Stored | null,
    set: async (sid, session) => void (await ask('set', sid, session)),
    destroy: async (sid) => void (await ask('destroy', sid)),
    touch: async (sid, session) => void (await ask('touch', sid, session)),
    all: async () => Object.values((await ask('all')) as object),
    length: async () => (await ask('length')) as number,
    clear: async () => void (await ask('clear')),
  }
}

/** Rejects where the store calls back a second time, or before the method has returned. */
function call(store: Store, method: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let calls = 0
    let hasReturned = false
    const callback = (error: unknown, value: unknown) => {
      calls++
      if (calls > 1) reject(fault(`${method} called back ${calls} times`))
      else if (!hasReturned) reject(fault(`${method} called back before it returned`))
      else if (error) reject(error)
      // A second call would come at once: look for it before going on
      else setImmediate(() => setImmediate(resolve, value))
    }
    const methods = store as unknown as Record<string, (...args: unknown[]) => unknown>
    methods[method]!(...args, callback)
    hasReturned = true
  })
}

function fault(message: string): AssertionError {
  return new AssertionError({ message })
}
