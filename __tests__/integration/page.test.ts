/** The requests of one page: a browser sends several at once, all with one session. */
import { newApp } from '../support/app'
import { type FaultyProxy, faultyProxy } from '../support/faulty-proxy'
import { withClock } from '../support/model/clock'
import {
  closedLater,
  expectedWarnings,
  itIfServerHas,
  MongoDBStore,
  newStore,
  newStoreWithoutIndexes,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

type Data = Record<string, unknown> & { cookie: { expires: Date } }

const turn = () => new Promise((resolve) => setImmediate(resolve))
const inMs = (ms: number) => new Date(Date.now() + ms)

/** A store whose commands can be held back. */
async function start(options: Options = {}) {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({
    uri: proxy.uri,
    connectionOptions: { monitorCommands: true },
    ...options,
  })
  await store.ready()
  await store.set('a', sessionData({ views: 1 }))
  const statements: number[] = []
  store.client!.on('commandStarted', ({ command }) => {
    const sent = (command.updates ?? command.deletes) as unknown[] | undefined
    if (sent) statements.push(sent.length)
  })
  proxy.commands.length = 0
  return { proxy, store, statements }
}

const load = async (store: MongoDBStore) => (await store.get('a')) as unknown as Data

/** As many requests have loaded the session. */
const loads = (store: MongoDBStore, count: number) =>
  Promise.all(Array.from({ length: count }, () => load(store)))

const hold = (proxy: FaultyProxy, ...commands: string[]) => {
  for (const command of commands) proxy.faults[command] = 'hang'
}

async function letGo(proxy: FaultyProxy) {
  for (const command of Object.keys(proxy.faults)) delete proxy.faults[command]
  await proxy.restore()
}

describe.each<[string, Options]>([
  ['batched', {}],
  ['not batched', { batch: false }],
  ['in batches of one', { batch: { maxSize: 1 } }],
])('%s', (_name, options) => {
  it('a get waits for no touch', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie.expires = inMs(500_000)
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    expect(await load(store)).toMatchObject({ views: 1 })
    await letGo(proxy)
    await touching
    expect((await load(store)).cookie.expires).toEqual(session.cookie.expires)
  })

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

  it('a get waits for a touch that writes other settings of the cookie', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie = { ...session.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    const loading = load(store)
    await turn()
    await letGo(proxy)
    await touching
    const seen = await loading
    expect(seen.cookie).toEqual(session.cookie)
    // What was seen is what it starts from: nothing of the cookie is written again
    seen.views = 2
    await store.set('a', seen as never)
    expect(await load(store)).toEqual(seen)
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

  it('a get waits for a set that is under way', async () => {
    const { proxy, store } = await start(options)
    hold(proxy, 'update')
    const setting = store.set('a', sessionData({ views: 2 }))
    await proxy.received('update')
    const getting = load(store)
    await turn()
    await letGo(proxy)
    await setting
    expect((await getting).views).toBe(2)
  })

  it('a set that follows a touch is what stays', async () => {
    const { proxy, store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    hold(proxy, 'update')
    one.cookie.expires = inMs(500_000)
    two.cookie.expires = inMs(100_000)
    two.views = 2
    const touching = store.touch('a', one as never)
    const setting = store.set('a', two as never)
    await proxy.received('update')
    await letGo(proxy)
    await Promise.all([touching, setting])
    expect((await store.model.findById('a').lean())!.expires).toEqual(two.cookie.expires)
  })

  it('sets that queue up leave together, as one command', async () => {
    const { proxy, store, statements } = await start(options)
    const sessions = await loads(store, 6)
    hold(proxy, 'update')
    const setting: Promise<void>[] = []
    for (const [i, session] of sessions.entries()) {
      session[`key${i}`] = i
      setting.push(store.set('a', session as never))
      if (i === 0) await proxy.received('update')
    }
    await letGo(proxy)
    await Promise.all(setting)
    expect(statements).toEqual([1, 5])
    expect(await load(store)).toMatchObject({
      key0: 0,
      key1: 1,
      key2: 2,
      key3: 3,
      key4: 4,
      key5: 5,
    })
  })

  it('whatever queues up leaves together, in order', async () => {
    const { proxy, store } = await start(options)
    const loaded = await loads(store, 4)
    hold(proxy, 'update')
    const writing = [store.set('a', sessionData({ n: 1 }))]
    await proxy.received('update')
    const later = async () => {
      loaded[0]!.one = 1
      writing.push(store.set('a', loaded[0] as never))
      writing.push(store.destroy('a'))
      loaded[1]!.two = 2
      writing.push(store.set('a', loaded[1] as never))
      writing.push(store.set('a', sessionData({ n: 2 })))
      loaded[2]!.three = 3
      writing.push(store.set('a', loaded[2] as never))
      writing.push(store.touch('a', sessionData({}, 500_000)))
    }
    await later()
    await letGo(proxy)
    await Promise.all(writing)
    const { cookie: _, ...data } = await load(store)
    expect(data).toEqual({ n: 2, three: 3 })
    // One ordered bulk write, of which the driver makes a command for each kind
    expect(proxy.commands.filter((command) => /update|delete/.test(command))).toEqual([
      'update',
      'delete',
      'update',
    ])
  })

  it('a destroy takes along the sets before it', async () => {
    const { proxy, store, statements } = await start(options)
    hold(proxy, 'update')
    const writing = [store.set('a', sessionData({ n: 1 }))]
    await proxy.received('update')
    writing.push(store.set('a', sessionData({ n: 2 })), store.destroy('a'))
    await letGo(proxy)
    await Promise.all(writing)
    expect(statements).toEqual([1, 1])
    expect(proxy.commands.filter((command) => /update|delete/.test(command))).toEqual([
      'update',
      'delete',
    ])
    expect(await load(store)).toBeNull()
  })

  itIfServerHas('updateErrors', 'one that is refused is refused alone', async () => {
    const { proxy, store } = await start({
      ...options,
      schema: { email: String },
      fields: (session) => ({ email: (session as unknown as Data).email as string }),
    })
    await store.collection.createIndex({ email: 1 }, { unique: true })
    await store.set('other', sessionData({ email: 'taken@a' }))
    const [one, two, three] = (await loads(store, 3)) as [Data, Data, Data]
    hold(proxy, 'update')
    const commands = proxy.commands.filter((command) => command === 'update').length
    const first = store.set('a', Object.assign(await load(store), { zero: 0 }) as never)
    await proxy.received('update', commands + 1)
    const setting = [
      store.set('a', Object.assign(one, { one: 1 }) as never),
      store.set('a', Object.assign(two, { email: 'taken@a' }) as never),
      store.set('a', Object.assign(three, { three: 3 }) as never),
    ]
    await letGo(proxy)
    await first
    const outcomes = await Promise.allSettled(setting)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await load(store)).toMatchObject({ zero: 0, one: 1, three: 3 })
    expect(await load(store)).not.toHaveProperty('email')
  })

  it('touches of one turn leave as one, and sets as one command', async () => {
    const { store, statements } = await start(options)
    const isBatched = options.batch === undefined
    const sessions = await loads(store, 6)
    await Promise.all(
      sessions.map((session) => {
        session.cookie.expires = inMs(500_000)
        return store.touch('a', session as never)
      }),
    )
    expect(statements).toEqual(isBatched ? [1] : [1, 1])
    statements.length = 0
    await Promise.all(
      sessions.map((session, i) =>
        store.set('a', Object.assign(session, { [`key${i}`]: i }) as never),
      ),
    )
    expect(statements).toEqual(isBatched ? [6] : [1, 5])
    expect(await load(store)).toMatchObject({ key0: 0, key5: 5 })
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

it('a hundred queued writes of ten keys each leave without a pause', async () => {
  const { proxy, store } = await start()
  const sessions = await loads(store, 100)
  hold(proxy, 'update')
  const first = store.set('a', sessionData({ views: 2 }))
  await proxy.received('update')
  const setting = sessions.map((session, i) => {
    for (let key = 0; key < 10; key++) session[`key${key}`] = i
    return store.set('a', session as never)
  })
  const before = process.cpuUsage()
  await letGo(proxy)
  await Promise.all([first, ...setting])
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  expect(await load(store)).toMatchObject({ key0: 99, key9: 99 })
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
