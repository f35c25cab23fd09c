/** What README's table says of the stores, each as something to try. */

import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { SessionData, Store } from 'express-session'
import { sessionData } from '../../support/server'
import type { Opened, OpenOptions } from './stores'

type Data = SessionData & Record<string, unknown>
type Open = (options?: OpenOptions) => Promise<Opened>

/** By callback, which all of them have. */
function call<T = unknown>(store: Store, method: string, ...args: unknown[]): Promise<T> {
  const methods = store as unknown as Record<string, (...args: unknown[]) => unknown>
  return new Promise((resolve, reject) => {
    methods[method]!(...args, (error: unknown, value: T) =>
      error ? reject(error) : resolve(value),
    )
  })
}

/** As express-session loads it for a request. */
async function load(store: Store, sid: string): Promise<Data> {
  const data = await call<SessionData>(store, 'get', sid)
  const req = Object.assign(new EventEmitter(), { sessionID: sid, sessionStore: store })
  return store.createSession(req as never, data) as unknown as Data
}

/** Each by the beginning of its row. */
export const FEATURES: Record<string, (open: Open, name: string) => Promise<boolean>> = {
  'Two requests at once both keep their changes': async (open) => {
    const { store } = await open()
    await call(store, 'set', 'a', sessionData())
    const [one, two] = [await load(store, 'a'), await load(store, 'a')]
    Object.assign(one, { cart: 1 })
    Object.assign(two, { user: 'ada' })
    await Promise.all([one, two].map((each) => call(store, 'set', 'a', each)))
    const { cart, user } = await call<Data>(store, 'get', 'a')
    return cart === 1 && user === 'ada'
  },
  'A logout during a slow request stays a logout': async (open) => {
    const { store } = await open()
    await call(store, 'set', 'a', sessionData())
    const slow = await load(store, 'a')
    await call(store, 'destroy', 'a')
    Object.assign(slow, { views: 1 })
    await call(store, 'set', 'a', slow)
    return !(await call(store, 'get', 'a'))
  },
  "Many requests' operations leave as one query": async (open) => {
    const { store, sent } = await open()
    const before = sent.length
    await Promise.all(['a', 'b', 'c', 'd'].map((sid) => call(store, 'get', sid)))
    return sent.length === before + 1
  },
  'A change of one key sends that key': async (open) => {
    const { store, sent } = await open()
    await call(store, 'set', 'a', sessionData({ big: 'x'.repeat(10_000) }))
    const session = await load(store, 'a')
    Object.assign(session, { views: 1 })
    sent.length = 0
    await call(store, 'set', 'a', session)
    return !JSON.stringify(sent).includes('xxxxxxxxxx')
  },
  'Touch keeps an active visitor logged in': async (open) => {
    const { store } = await open()
    return typeof store.touch === 'function'
  },
  'A touch that is not worth a write is none': async (open) => {
    const { store, sent } = await open({ lazily: true })
    await call(store, 'set', 'a', sessionData())
    const session = await load(store, 'a')
    if (!store.touch) return false
    sent.length = 0
    await call(store, 'touch', 'a', session)
    return sent.length === 0
  },
  'Dates and ObjectIds keep their types': async (open) => {
    const { store } = await open()
    await call(store, 'set', 'a', sessionData({ at: new Date(5) }))
    return (await call<Data>(store, 'get', 'a')).at instanceof Date
  },
  'Built-in encryption': async (open) => {
    const { store, sent } = await open({ encrypted: true })
    await call(store, 'set', 'a', sessionData({ token: 'marker' }))
    return !JSON.stringify(sent).includes('marker')
  },
  'End all of a user’s sessions': async (open) => {
    const { store } = await open()
    return 'destroyMany' in store
  },
  'List sessions by a cursor': async (open) => {
    const { store } = await open()
    const { sessions } = store as unknown as { sessions?: () => object }
    return sessions !== undefined && Symbol.asyncIterator in sessions.call(store)
  },
  'Promises as well as callbacks': async (open) => {
    const { store } = await open()
    await call(store, 'set', 'a', sessionData())
    // By the one method that all of them have prepared for a caller without a callback
    const destroying: unknown = store.destroy('a')
    await call(store, 'get', 'a')
    return destroying instanceof Promise
  },
  'Types included': async (_, name) => {
    const path = name === 'express-mongoose-session' ? '.' : `node_modules/${name}`
    const { types, exports } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'))
    return Boolean(types ?? exports?.['.']?.import?.types)
  },
}
