/** The type of a rule, and the calls of a rule to a store: with callbacks, as express-session calls it. */
import { AssertionError } from 'node:assert'
import type { SessionData, Store } from 'express-session'

/** Creates an empty store; called once for each rule. The store may connect later. */
type CreateStore = () => Store | Promise<Store>

/** One requirement of an express-session store: a sentence and a check. */
export interface Rule {
  /** The requirement, as a sentence about behaviour. */
  readonly name: string
  /** Resolves if the store meets the requirement, and rejects with an `AssertionError` if not. */
  check(createStore: CreateStore): Promise<void>
}

type Stored = Record<string, unknown> & { cookie?: Record<string, unknown> }

/** A store with promises in place of callbacks; each also checks how the store calls back. */
interface StoreUnderTest {
  /** The wrapped store. */
  readonly store: Store
  /** The session, or null. */
  get(sid: string): Promise<Stored | null>
  /** Stores the session. */
  set(sid: string, session: object): Promise<void>
  /** Removes the session. */
  destroy(sid: string): Promise<void>
  /** Moves the expiry of the session. */
  touch(sid: string, session: object): Promise<void>
  /** Every session, whether the store gives an object or an array. */
  all(): Promise<Stored[]>
  /** How many sessions there are. */
  length(): Promise<number>
  /** Removes every session. */
  clear(): Promise<void>
}

export function rule(name: string, body: (store: StoreUnderTest) => Promise<void>): Rule {
  return { name, check: async (createStore) => body(underTest(await createStore())) }
}

/** A `maxAge` that makes a session expired. */
export const PAST = -1000

/** A session as express-session passes it; its cookie ends in `maxAge` ms, or with the browser if null. */
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

/** Rejects if the store calls back a second time, or before the method has returned. */
function call(store: Store, method: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let calls = 0
    let hasReturned = false
    const callback = (error: unknown, value: unknown) => {
      calls++
      if (calls > 1) reject(fault(`${method} called back ${calls} times`))
      else if (!hasReturned) reject(fault(`${method} called back before it returned`))
      else if (error) reject(error)
      // Waits two turns, in which a second call would come
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
