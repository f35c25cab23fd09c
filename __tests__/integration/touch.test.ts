/** `touch`: its order, its callback, and what it writes of a cookie with new settings. */
import { newApp } from '../support/app'
import { type FaultyProxy, faultyProxy } from '../support/faulty-proxy'
import {
  BATCHES,
  type Data,
  hold,
  inMs,
  letGo,
  load,
  loads,
  start,
  turn,
} from '../support/held-back'
import { withClock } from '../support/model/clock'
import {
  closedLater,
  expectedWarnings,
  newStore,
  newStoreWithoutIndexes,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

describe.each(BATCHES)('%s', (_name, options) => {
  it('a touch that came too late makes no session of one that has expired', async () => {
    const { proxy, store } = await start(options)
    await withClock(Date.now(), async (clock) => {
      const session = await load(store)
      clock.now += 100_000
      hold(proxy, 'update')
      session.cookie.expires = new Date(clock.now + 500_000)
      const touching = store.touch('a', session as never)
      await proxy.received('update')
      expect(await load(store)).toBeNull()
      await letGo(proxy)
      await touching
      expect(await load(store)).toBeNull()
    })
  })

  it('a touch that has failed is made up for by the next, and by a set', async () => {
    const connectionOptions = { retryWrites: false }
    const { proxy, store } = await start({ ...options, connectionOptions, touchAfter: 10_000 })
    store.on('error', () => {})
    await store.collection.updateOne({ _id: 'a' as never }, { $unset: { expires: 1 } })
    const sessions = (await loads(store, 2)) as [Data, Data]
    proxy.faults.update = { code: 13, errmsg: 'no' } as never
    for (const session of sessions) {
      session.cookie.expires = inMs(500_000)
      await expect(store.touch('a', session as never)).rejects.toMatchObject({
        code: 'ERR_MONGODB_STORE_TOUCH',
      })
    }
    delete proxy.faults.update
    const [touched, set] = sessions
    await store.set('a', Object.assign(set, { views: 2 }) as never)
    expect(await load(store)).toMatchObject({ views: 2, cookie: set.cookie })
    touched.cookie.expires = inMs(501_000)
    await store.touch('a', touched as never)
    expect((await load(store)).cookie.expires).toEqual(touched.cookie.expires)
  })

  it('a session that was loaded during a touch that failed is written', async () => {
    const connectionOptions = { retryWrites: false }
    const { proxy, store } = await start({ ...options, connectionOptions })
    store.on('error', () => {})
    await store.collection.updateOne({ _id: 'a' as never }, { $unset: { expires: 1 } })
    const session = await load(store)
    session.cookie.expires = inMs(500_000)
    const updates = proxy.commands.filter((command) => command === 'update').length
    proxy.faults.update = { code: 13, errmsg: 'no' } as never
    const touching = store.touch('a', session as never)
    const other = load(store)
    await proxy.received('update', updates + 1)
    await expect(touching).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_TOUCH' })
    delete proxy.faults.update
    await store.set('a', Object.assign(await other, { views: 2 }) as never)
    expect(await load(store)).toMatchObject({ views: 2 })
  })

  it('a touch waits for no get', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'find')
    const getting = store.get('a')
    await proxy.received('find', 2)
    session.cookie.expires = inMs(500_000)
    await store.touch('a', session as never)
    await letGo(proxy)
    await getting
  })

  it('of touches, one is under way and one to come, which answers for those before it', async () => {
    const { proxy, store } = await start(options)
    const sessions = await loads(store, 6)
    const updates = () => proxy.commands.filter((command) => command === 'update').length
    hold(proxy, 'update')
    const touching: Promise<void>[] = []
    for (const [i, session] of sessions.entries()) {
      session.cookie.expires = inMs(500_000 + i * 1000)
      touching.push(store.touch('a', session as never))
      if (i === 0) await proxy.received('update')
    }
    await turn()
    expect(updates()).toBe(1)
    await letGo(proxy)
    await Promise.all(touching)
    expect(updates()).toBe(2)
    expect((await load(store)).cookie.expires).toEqual(sessions.at(-1)?.cookie.expires)
  })

  it('touches that differ keep their order', async () => {
    const { proxy, store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    hold(proxy, 'update')
    one.cookie.expires = inMs(500_000)
    const first = store.touch('a', one as never)
    await proxy.received('update')
    two.cookie.expires = inMs(100_000)
    const second = store.touch('a', two as never)
    await turn()
    expect(proxy.commands.filter((command) => command === 'update')).toHaveLength(1)
    await letGo(proxy)
    await Promise.all([first, second])
    expect((await load(store)).cookie.expires).toEqual(two.cookie.expires)
  })
})

it('a session that is touched thousands of times can be set, and keeps nothing of it', async () => {
  const store = newStoreWithoutIndexes()
  await store.set('a', sessionData({ views: 1 }))
  const session = await load(store)
  const touches = async (count: number) => {
    for (let i = 0; i < count; i++) {
      session.cookie.expires = inMs(500_000 + i * 1000)
      await store.touch('a', session as never)
    }
  }
  await touches(7000)
  session.views = 2
  await store.set('a', session as never)
  expect(await load(store)).toMatchObject({ views: 2, cookie: session.cookie })
})

describe.each<[string, Options]>([
  [
    'a codec',
    { codec: { encode: (data) => JSON.stringify(data), decode: (text) => JSON.parse(`${text}`) } },
  ],
  ['encryption', { encryption: { secrets: 'a secret of more than 32 characters' } }],
])('with %s', (_name, options) => {
  it('a touch with other settings of the cookie writes the session, if it is still what was loaded', async () => {
    const { store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    const touch = (session: Data, ms: number) => {
      session.cookie = { ...session.cookie, originalMaxAge: ms, expires: inMs(ms) } as never
      return store.touch('a', session as never)
    }
    await touch(one, 500_000)
    expect((await load(store)).cookie).toMatchObject({ originalMaxAge: 500_000 })
    one.views = 2
    await touch(one, 600_000)
    expect(await load(store)).toMatchObject({ views: 2, cookie: { originalMaxAge: 600_000 } })
    // The other was loaded before: it moves the expiry alone
    await touch(two, 900_000)
    const seen = await load(store)
    expect(seen).toMatchObject({ views: 2, cookie: { originalMaxAge: 600_000 } })
    expect(new Date(seen.cookie.expires)).toEqual(two.cookie.expires)
  })

  it('a touch that ends the session leaves none for the next', async () => {
    const { store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    one.cookie = { ...one.cookie, originalMaxAge: -1, expires: inMs(-1000) } as never
    two.cookie = { ...two.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    await Promise.all([store.touch('a', one as never), store.touch('a', two as never)])
    expect(await load(store)).toBeNull()
  })
})

describe('the callback of a touch', () => {
  const inApp = async (options: Options, fault: FaultyProxy['faults'][string]) => {
    const proxy = closedLater(await faultyProxy())
    const store = newStore({ uri: proxy.uri, ...options })
    await store.ready()
    const app = await newApp(store, { rolling: true, cookie: { maxAge: 60_000 } })
    const visitor = app.newVisitor()
    await visitor.json('/login/ann')
    const before = proxy.commands.filter((command) => command === 'update').length
    proxy.faults.update = fault
    return { proxy, store, visitor, touched: () => proxy.received('update', before + 1) }
  }

  it('is called before it is written: no response waits for it', async () => {
    const { proxy, visitor, touched } = await inApp({}, 'hang')
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann' })
    await touched()
    await letGo(proxy)
  })

  it('is called when it is written where `awaitTouch` is set', async () => {
    const { proxy, visitor, touched } = await inApp({ awaitTouch: true }, 'hang')
    let isAnswered = false
    const looking = visitor.json('/look').then(() => {
      isAnswered = true
    })
    await touched()
    await turn()
    expect(isAnswered).toBe(false)
    await letGo(proxy)
    await looking
  })

  it('hears of no failure that comes later: that is an `error` event, and no answer of 500', async () => {
    const { store, visitor } = await inApp({}, { code: 13, codeName: 'Unauthorized', errmsg: 'no' })
    const error = next<{ code: string }>(store, 'error')
    expect((await visitor.visit('/look')).status).toBe(200)
    expect(await error).toMatchObject({ code: 'ERR_MONGODB_STORE_TOUCH' })
  })

  it('hears of no failure that comes later: if nobody listens, the first is a warning of the process', async () => {
    const { store, visitor, touched } = await inApp({}, { code: 13, errmsg: 'no' })
    store.removeAllListeners('error')
    for (let i = 0; i < 3; i++) {
      expect((await visitor.visit('/look')).status).toBe(200)
      await touched()
    }
    await store.close()
    expect(await expectedWarnings('ERR_MONGODB_STORE_TOUCH')).toHaveLength(1)
  })

  it('hears of what is wrong from the start', async () => {
    const { store } = await start()
    const hear = (sid: string, session: unknown) =>
      new Promise((resolve) => store.touch(sid, session as never, resolve))
    expect(await hear('', sessionData())).toMatchObject({ code: 'ERR_MONGODB_STORE_SID' })
    expect(await hear('a', 5)).toMatchObject({ code: 'ERR_MONGODB_STORE_SESSION' })
    await store.close()
    expect(await hear('a', sessionData())).toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  })

  it('leaves nothing behind where the store is closed: the touch is written before', async () => {
    const collection = uniqueName()
    const store = newStore({ collection })
    await store.ready()
    await store.set('a', sessionData({}, 60_000))
    await new Promise((resolve) => store.touch('a', sessionData({}, 500_000), resolve))
    await store.close()
    const left = (await newStore({ collection }).get('a'))!
    expect(Number(left.cookie.expires)).toBeGreaterThan(Date.now() + 400_000)
  })
})
