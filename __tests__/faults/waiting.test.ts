/** Operations that wait for others of their session, while the server answers none of them. */
import type { SessionData } from 'express-session'
import { type FaultyProxy, faultyProxy } from '../support/faulty-proxy'
import { describeInFull } from '../support/in-full'
import { closedLater, MongoDBStore, sessionData, uniqueName } from '../support/server'
import { isInTime, LIMITS } from '../support/wire-faults'

const newProxy = async () => closedLater(await faultyProxy())

const storeOn = ({ uri }: FaultyProxy, options: object) =>
  closedLater(
    new MongoDBStore(
      { uri, collection: uniqueName(), connectionOptions: LIMITS, ...options },
      () => {},
    ),
  )

/** What was answered, and whether all of it was in time: one after the other, they would take longer. */
async function told(calls: Record<string, Promise<unknown>>) {
  const outcomes = Promise.allSettled(Object.values(calls))
  const inTime = await isInTime(outcomes)
  const answers = (await outcomes).map((outcome, i) => [
    Object.keys(calls)[i],
    outcome.status === 'fulfilled' ? 'ok' : outcome.reason.code,
  ])
  return { answers: Object.fromEntries(answers), inTime }
}

const TIMES = [1, 2, 3, 4, 5, 6, 7, 8]
const sets = (store: MongoDBStore) =>
  Object.fromEntries(TIMES.map((n) => [`set ${n}`, store.set('a', sessionData({ n }))]))
const SETS_FAILED = Object.fromEntries(TIMES.map((n) => [`set ${n}`, 'ERR_MONGODB_STORE_SET']))

describe('batched', () => waits({}))
describeInFull('not batched', () => waits({ batch: false }))

function waits(options: object): void {
  /** The server has gone, was never there, or never answers. All at once: a store mostly waits. */
  const SITUATIONS: Record<string, () => Promise<MongoDBStore>> = {
    async gone() {
      const { proxy, store } = await ready()
      await proxy.refuse()
      return store
    },
    async 'never there'() {
      const proxy = await newProxy()
      await proxy.refuse()
      return storeOn(proxy, options)
    },
    async silent() {
      const { proxy, store } = await ready()
      proxy.faults['*'] = 'hang'
      return store
    },
  }
  const ready = async () => {
    const proxy = await newProxy()
    const store = storeOn(proxy, options)
    return { proxy, store: await store.ready() }
  }
  const inEach = async (told: (store: MongoDBStore) => Promise<object>) => {
    const outcomes = Object.entries(SITUATIONS).map(async ([situation, prepared]) => [
      situation,
      await told(await prepared()),
    ])
    return Object.fromEntries(await Promise.all(outcomes))
  }
  const each = (outcome: object) =>
    Object.fromEntries(Object.keys(SITUATIONS).map((situation) => [situation, outcome]))

  it('many writes and a read of one session are answered in the time of one, and so is close, where no server answers', async () => {
    const outcomes = await inEach((store) => {
      const get = store.get('a')
      return told({
        ...sets(store),
        get,
        'later get': store.get('a'),
        all: store.all(),
        length: store.length(),
        close: store.close(),
      })
    })
    const answers = {
      ...SETS_FAILED,
      get: 'ERR_MONGODB_STORE_GET',
      'later get': 'ERR_MONGODB_STORE_GET',
      all: 'ERR_MONGODB_STORE_ALL',
      length: 'ERR_MONGODB_STORE_LENGTH',
      close: 'ok',
    }
    expect(outcomes).toEqual(each({ answers, inTime: true }))
  })

  it('a clear that waits for writes is answered with them, where no server answers', async () => {
    const outcomes = await inEach((store) => told({ ...sets(store), clear: store.clear() }))
    const answers = { ...SETS_FAILED, clear: 'ERR_MONGODB_STORE_CLEAR' }
    expect(outcomes).toEqual(each({ answers, inTime: true }))
  })

  it('what waited for a server that was not found is served when the server is back', async () => {
    const proxy = await newProxy()
    const store = storeOn(proxy, options)
    await store.ready()
    await proxy.refuse()
    await told(sets(store))
    await proxy.restore()
    const set = (): Promise<void> => store.set('a', sessionData({ n: 9 })).catch(set)
    await set()
    expect(await store.get('a')).toMatchObject({ n: 9 })
  })

  it('settings of a cookie whose touch waited for a server that was not found are written by the next touch', async () => {
    const proxy = await newProxy()
    const store = storeOn(proxy, options)
    await store.set('a', sessionData())
    const session = (await store.get('a')) as SessionData
    await proxy.refuse()
    await told({ get: store.get('b') }) // so that the driver knows
    session.cookie.originalMaxAge = 500_000
    const set = store.set('a', sessionData())
    // The set leaves at the end of the turn
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    await told({ set, touch: store.touch('a', session) })
    await proxy.restore()
    const touch = (): Promise<void> => store.touch('a', session).catch(touch)
    await touch()
    expect(await store.get('a')).toMatchObject({ cookie: { originalMaxAge: 500_000 } })
  })
}
