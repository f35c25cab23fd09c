/** What the table in docs/comparison.md says of the stores, each as something to try. */

import { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { Session, SessionData, Store } from 'express-session'
import { mongo } from 'mongoose'
import { end, streamsOf } from '../../support/change-stream'
import { hugeServer } from '../../support/huge-server'
import { type MongoDBStore, serverHas, sessionData } from '../../support/server'
import type { Opened, OpenOptions } from './stores'

type Ours = 'destroyMany' | 'sessions' | 'get' | 'set' | 'destroy' | 'ended' | 'model'
type OurStore = Pick<MongoDBStore, Ours>
type Live = Session & Record<string, unknown>
type Data = SessionData & Record<string, unknown>
type Open = (options?: OpenOptions) => Promise<Opened>

const MINUTE = 60_000
const TIMERS = [
  ...(['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout'] as const),
  ...(['clearTimeout', 'setInterval', 'clearInterval', 'hrtime', 'performance'] as const),
]

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
async function load(store: Store, sid: string): Promise<Live> {
  const data = await call<SessionData>(store, 'get', sid)
  const req = Object.assign(new EventEmitter(), { sessionID: sid, sessionStore: store })
  return store.createSession(req as never, data) as Live
}

/** The clock of the stores, so much later than the system's; timers go on as ever. */
function setClock(later: number): void {
  jest.useRealTimers()
  jest.useFakeTimers({ now: Date.now() + later, doNotFake: TIMERS })
}

/** As express-session does at the end of a request that changes nothing, where the store can. */
async function isTouchedLater(store: Store, later: number, sent: unknown[] = []) {
  setClock(later)
  const session = await load(store, 'a')
  sent.length = 0
  session.touch()
  if (store.touch) await call(store, 'touch', 'a', session)
  setClock(0)
  return { isDone: store.touch !== undefined }
}

/** Ends all of a user's sessions, whichever way the store has. */
async function endSessionsOf(store: Store, userId: string): Promise<void> {
  const { destroyMany } = store as { destroyMany?: (filter: object) => Promise<number> }
  if (destroyMany) return void (await destroyMany.call(store, { 'session.userId': userId }))
  for await (const session of await listing(store)) {
    const each = session as Data
    if (each.userId === userId && each.id) await call(store, 'destroy', each.id)
  }
}

/** What lists the sessions, whichever way the store has. */
async function listing(store: Store): Promise<AsyncIterable<unknown> | Iterable<unknown>> {
  const { sessions } = store as unknown as Partial<OurStore>
  if (sessions) return sessions.call(store)
  if (!store.all) return []
  // One of them never answers
  let answer: unknown
  store.all((_: unknown, all: unknown) => {
    answer = all
  })
  for (let i = 0; i < 20 && !answer; i++) await call(store, 'get', 'a')
  return (answer ?? []) as Iterable<unknown>
}

const isObjectId = (value: unknown) =>
  (value as { _bsontype?: unknown } | null)?._bsontype === 'ObjectId'

/** The package's own, and the folder that it is in. */
function manifestOf(name: string) {
  const folder = name === 'express-mongoose-session' ? '.' : `node_modules/${name}`
  return { ...JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')), folder }
}

/** Each by the beginning of its row. */
export const FEATURES: Record<string, (open: Open, name: string) => Promise<boolean>> = {
  'Two simultaneous requests keep each other’s changes': async (open) => {
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
  'Operations of many requests share a query': async (open) => {
    const { store, sent } = await open()
    const before = sent.length
    await Promise.all(['a', 'b', 'c', 'd'].map((sid) => call(store, 'get', sid)))
    return sent.length === before + 1
  },
  'Changing one key sends only that key': async (open) => {
    const { store, sent } = await open()
    await call(store, 'set', 'a', sessionData({ big: 'x'.repeat(10_000) }))
    const session = await load(store, 'a')
    Object.assign(session, { views: 1 })
    sent.length = 0
    await call(store, 'set', 'a', session)
    // By its size: what is encrypted cannot be looked for
    return sent.length > 0 && JSON.stringify(sent).length < 5_000
  },
  'Touch keeps an active visitor logged in': async (open) => {
    const { store } = await open()
    await call(store, 'set', 'a', sessionData({}, 10 * MINUTE))
    await isTouchedLater(store, 8 * MINUTE)
    setClock(16 * MINUTE)
    return Boolean(await call(store, 'get', 'a'))
  },
  'Skips touches that barely move the expiry': async (open) => {
    const { store, sent } = await open({ lazily: true })
    await call(store, 'set', 'a', sessionData({}, 10 * MINUTE))
    if (!(await isTouchedLater(store, 0, sent)).isDone || sent.length > 0) return false
    // One that is worth it has to be written all the same
    await isTouchedLater(store, 8 * MINUTE, sent)
    return sent.length > 0
  },
  'Dates and ObjectIds keep their types': async (open) => {
    const { store, ObjectId = mongo.ObjectId } = await open({ typed: true })
    const id = new ObjectId()
    await call(store, 'set', 'a', sessionData({ at: new Date(5), id }))
    const found = await call<Data>(store, 'get', 'a')
    return found.at instanceof Date && isObjectId(found.id) && String(found.id) === String(id)
  },
  'Built-in encryption': async (open) => {
    const { store, sent } = await open({ encrypted: true })
    await call(store, 'set', 'a', sessionData({ token: 'marker' }))
    const { token } = await call<Data>(store, 'get', 'a')
    return token === 'marker' && !JSON.stringify(sent).includes('marker')
  },
  'End all of a user’s sessions with one command': async (open) => {
    const { store, sent } = await open()
    const users = { a: 'ada', b: 'ada', c: 'bob' }
    for (const [sid, userId] of Object.entries(users)) {
      await call(store, 'set', sid, sessionData({ userId }))
    }
    sent.length = 0
    await endSessionsOf(store, 'ada')
    const commands = sent.length
    const left = await Promise.all(Object.keys(users).map((sid) => call(store, 'get', sid)))
    return left.map(Boolean).join() === 'false,false,true' && commands === 1
  },
  'List sessions with a cursor': async (open) => {
    // For the stores of MongoDB a server that never gives all of them at once
    const { uri } = await hugeServer({ records: 150, filling: '' })
    const { store, sent } = await open({ uri, typed: true })
    for (let i = 0; i < 150; i++) await call(store, 'set', `sid${i}`, sessionData())
    sent.length = 0
    let sentForTheFirst = 0
    let listed = 0
    for await (const _ of await listing(store)) {
      listed++
      sentForTheFirst ||= sent.length
    }
    return listed === 150 && sent.length > sentForTheFirst
  },
  'Promises as well as callbacks': async (open) => {
    const { store } = await open()
    const promising = store as unknown as OurStore
    await call(store, 'set', 'a', sessionData({ views: 1 }))
    // By the one method that all of them have prepared for a caller without a callback
    const destroying: unknown = promising.destroy('a')
    await call(store, 'get', 'a')
    if (!(destroying instanceof Promise)) return false
    await destroying
    await promising.set('a', sessionData({ views: 2 }))
    return ((await promising.get('a')) as Data | null)?.views === 2
  },
  'Types included': async (_, name) => {
    const { folder, types, exports } = manifestOf(name)
    const file: string | undefined = types ?? exports?.['.']?.import?.types
    return file !== undefined && existsSync(`${folder}/${file}`)
  },
  'Works without Mongoose': async (_, name) => {
    const { dependencies, peerDependencies } = manifestOf(name)
    return !('mongoose' in { ...dependencies, ...peerDependencies })
  },
  'A read-only request takes one command, by default': async (open) => {
    const { store, sent } = await open()
    await call(store, 'set', 'a', sessionData({}, 10 * MINUTE))
    sent.length = 0
    // As express-session does in a request
    const session = await load(store, 'a')
    session.touch()
    if (store.touch) await call(store, 'touch', 'a', session)
    return sent.length === 1
  },
  'Events for sessions created, updated and destroyed': async (open) => {
    const { store } = await open()
    const heard: string[] = []
    for (const event of ['create', 'update', 'destroy']) store.on(event, () => heard.push(event))
    await call(store, 'set', 'a', sessionData())
    const created = heard.splice(0)
    const session = await load(store, 'a')
    Object.assign(session, { views: 1 })
    heard.length = 0
    await call(store, 'set', 'a', session)
    const updated = heard.splice(0)
    await call(store, 'destroy', 'a')
    return [created, updated, heard].every((events) => events.length > 0)
  },
  'Reports each session that ends (replica set or sharded cluster)': async (open) => {
    const { store } = await open()
    const { ended, model } = store as unknown as Partial<OurStore>
    if (!ended || !model) return false
    const streams = serverHas('changeStreams') ? undefined : streamsOf(model)
    let told: string | undefined
    const telling = ended
      .call(store)
      .next()
      .then(({ value }) => {
        told = value?.id
      })
    // By a query of the app's, until the stream is open
    for (let i = 0; told === undefined; i++) {
      await call(store, 'set', `sid${i}`, sessionData())
      await model.deleteOne({ _id: `sid${i}` })
      streams?.at(-1)?.give(end(`sid${i}`))
    }
    await telling
    return /^sid/.test(told)
  },
  'Stores sessions under transformed ids, with an option': async (open) => {
    const { store, sent } = await open({ prefixed: 'shop:' })
    await call(store, 'set', 'a', sessionData({ views: 1 }))
    const isFound = (await call<Data>(store, 'get', 'a')).views === 1
    return isFound && JSON.stringify(sent).includes('"shop:a"')
  },
}

interface Exclusive {
  readonly mark: string
  readonly store: string
  /** What the feature needs, and the others do without. */
  readonly options: OpenOptions
  readonly feature: string
  readonly others: readonly string[]
}

/** The cells of the table that one store cannot have together. */
export const EXCLUSIVE: readonly Exclusive[] = [
  {
    mark: '¹',
    store: 'express-mongoose-session',
    options: { encrypted: true },
    feature: 'Built-in encryption',
    others: [
      'Two simultaneous requests keep each other’s changes',
      'Changing one key sends only that key',
    ],
  },
  {
    mark: '²',
    store: 'connect-mongo',
    options: { encrypted: true, typed: true },
    feature: 'Built-in encryption',
    others: ['Dates and ObjectIds keep their types'],
  },
  {
    mark: '³',
    store: 'connect-mongodb-session',
    options: {},
    feature: 'A read-only request takes one command, by default',
    others: ['Touch keeps an active visitor logged in'],
  },
]
