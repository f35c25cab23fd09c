/** The requests of one page: a browser sends several at once, all with one session. */
import { newApp } from '../support/app'
import { type FaultyProxy, faultyProxy } from '../support/faulty-proxy'
import { withClock } from '../support/model/clock'
import { nodeProcess } from '../support/node-process'
import {
  closedLater,
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
  it('a get waits for no touch, and sees the expiry that it will have written', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie.expires = inMs(500_000)
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    expect((await load(store)).cookie.expires).toEqual(session.cookie.expires)
    await letGo(proxy)
    await touching
    expect((await load(store)).cookie.expires).toEqual(session.cookie.expires)
  })

  it('a session that is being touched is not taken for expired', async () => {
    const { proxy, store } = await start(options)
    await withClock(Date.now(), async (clock) => {
      const session = await load(store)
      hold(proxy, 'update')
      session.cookie.expires = new Date(clock.now + 500_000)
      const touching = store.touch('a', session as never)
      await proxy.received('update')
      clock.now += 100_000
      expect(await load(store)).toMatchObject({ views: 1 })
      await letGo(proxy)
      await touching
    })
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

  it('a get sees the settings of the cookie that a touch will have written', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie = { ...session.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    const seen = await load(store)
    expect(seen.cookie).toEqual(session.cookie)
    await letGo(proxy)
    await touching
    // What was seen is what it starts from: nothing of the cookie is written again
    seen.views = 2
    await store.set('a', seen as never)
    expect(await load(store)).toEqual(seen)
  })

  it('the next touch knows what the one under way will have written', async () => {
    const { proxy, store } = await start({ ...options, touchAfter: 10_000 })
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie.expires = inMs(500_000)
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    const following = await load(store)
    following.cookie.expires = inMs(501_000)
    await store.touch('a', following as never)
    expect(proxy.commands.filter((command) => command === 'update')).toHaveLength(1)
    await letGo(proxy)
    await touching
  })

  it('the next touch knows that the one that was under way has failed', async () => {
    const connectionOptions = { retryWrites: false }
    const { proxy, store } = await start({ ...options, connectionOptions, touchAfter: 10_000 })
    store.on('error', () => {})
    const session = await load(store)
    let lose = () => {}
    const lost = new Promise<void>((resolve) => {
      lose = resolve
    })
    proxy.beforeReplyLoss = () => lost
    proxy.faults.update = 'lose'
    session.cookie.expires = inMs(500_000)
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    const following = await load(store)
    expect(following.cookie.expires).toEqual(session.cookie.expires)
    delete proxy.faults.update
    lose()
    await expect(touching).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_TOUCH' })
    following.cookie.expires = inMs(501_000)
    await store.touch('a', following as never)
    expect(proxy.commands.filter((command) => command === 'update')).toHaveLength(2)
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

  it('a touch waits for no touch', async () => {
    const { proxy, store } = await start(options)
    const sessions = await loads(store, 3)
    hold(proxy, 'update')
    const touching: Promise<void>[] = []
    for (const [i, session] of sessions.entries()) {
      session.cookie.expires = inMs(500_000)
      touching.push(store.touch('a', session as never))
      await proxy.received('update', i + 1)
    }
    await letGo(proxy)
    await Promise.all(touching)
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
    expect((await load(store)).cookie.expires).toEqual(two.cookie.expires)
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

  it('sets that queue up leave together, as one update', async () => {
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
    expect(statements).toEqual([1, 1])
    expect(await load(store)).toMatchObject({
      key0: 0,
      key1: 1,
      key2: 2,
      key3: 3,
      key4: 4,
      key5: 5,
    })
  })

  it('whatever queues up leaves in no more than one command after the first', async () => {
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
    // The touch goes by itself, and nothing waits for it
    expect(proxy.commands.filter((command) => /update|delete/.test(command))).toEqual([
      'update',
      'update',
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

  it('writes that cannot be one update are one command, in order', async () => {
    const { proxy, store, statements } = await start(options)
    const dated = await load(store)
    await store.model.updateOne({ _id: 'a' }, { $unset: { expires: 1 } })
    const [first, endless] = (await loads(store, 2)) as [Data, Data]
    statements.length = 0
    hold(proxy, 'update')
    const writing = [store.touch('a', first as never)]
    await proxy.received('update', 2)
    writing.push(store.set('a', Object.assign(dated, { one: 1, views: 2 }) as never))
    writing.push(store.set('a', Object.assign(endless, { two: 2 }) as never))
    await letGo(proxy)
    await Promise.all(writing)
    expect(statements).toEqual([1, 2])
    expect(await load(store)).toMatchObject({ one: 1, two: 2, views: 2 })
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

  it('touches of one session that are due together leave as one', async () => {
    const { store, statements } = await start(options)
    const sessions = await loads(store, 6)
    await Promise.all(
      sessions.map((session) => {
        session.cookie.expires = inMs(500_000)
        return store.touch('a', session as never)
      }),
    )
    expect(statements).toEqual([1])
  })

  it('sets of one session in one turn leave as one', async () => {
    const { store, statements } = await start(options)
    const sessions = await loads(store, 6)
    await Promise.all(
      sessions.map((session, i) =>
        store.set('a', Object.assign(session, { [`key${i}`]: i }) as never),
      ),
    )
    expect(statements).toEqual([1])
    expect(await load(store)).toMatchObject({ key0: 0, key5: 5 })
  })
})

it('touches that wait leave as one update, and each costs the same, however many they are', async () => {
  const { proxy, store } = await start({ batch: false })
  const touch = (i: number) => store.touch('a', sessionData({}, 500_000 + i * 2000))
  /** The CPU that each takes while one before them is under way. */
  const costOfEach = async (count: number) => {
    hold(proxy, 'update')
    const sent = proxy.commands.filter((command) => command === 'update').length
    const first = touch(0)
    await proxy.received('update', sent + 1)
    const before = process.cpuUsage()
    const others = Array.from({ length: count }, (_, i) => touch(i + 1))
    await letGo(proxy)
    await Promise.all([first, ...others])
    return process.cpuUsage(before).user / count
  }
  await costOfEach(4000)
  const few = await costOfEach(4000)
  const many = await costOfEach(32_000)
  expect(proxy.commands.filter((command) => command === 'update')).toHaveLength(6)
  expect(many / few).toBeLessThan(2)
})

describe.each<[string, Options]>([
  [
    'a codec',
    { codec: { encode: (data) => JSON.stringify(data), decode: (text) => JSON.parse(`${text}`) } },
  ],
  ['encryption', { encryption: { secrets: 'a secret of more than 32 characters' } }],
])('with %s', (_name, options) => {
  it('touches with other settings of the cookie that are due together are one', async () => {
    const { proxy, store } = await start(options)
    const sessions = await loads(store, 20)
    proxy.commands.length = 0
    await Promise.all(
      sessions.map((session, i) => {
        const maxAge = 500_000 + i
        session.cookie = {
          ...session.cookie,
          originalMaxAge: maxAge,
          expires: inMs(maxAge),
        } as never
        return store.touch('a', session as never)
      }),
    )
    expect(proxy.commands).toEqual(['find', 'update'])
    expect((await load(store)).cookie).toMatchObject({ originalMaxAge: 500_019 })
    expect(await load(store)).toMatchObject({ views: 1 })
  })

  it('a touch that ends the session leaves none for the next', async () => {
    const { store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    one.cookie = { ...one.cookie, originalMaxAge: -1, expires: inMs(-1000) } as never
    two.cookie = { ...two.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    await Promise.all([store.touch('a', one as never), store.touch('a', two as never)])
    expect(await load(store)).toBeNull()
  })

  it('a get sees the settings of one touch and the end of the next', async () => {
    const { proxy, store } = await start(options)
    const [one, two] = (await loads(store, 2)) as [Data, Data]
    hold(proxy, 'update')
    one.cookie = { ...one.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    two.cookie.expires = inMs(900_000)
    const touching = [store.touch('a', one as never), store.touch('a', two as never)]
    await proxy.received('update')
    // A codec may have text in place of a date
    const seen = async () => {
      const { originalMaxAge, expires } = (await load(store)).cookie as never as Data['cookie'] &
        Data
      return [originalMaxAge, new Date(expires as never)]
    }
    expect(await seen()).toEqual([500_000, two.cookie.expires])
    await letGo(proxy)
    await Promise.all(touching)
    expect(await seen()).toEqual([500_000, two.cookie.expires])
  })

  it('those that come while one is under way wait for it, and are one', async () => {
    const { proxy, store } = await start(options)
    const sessions = await loads(store, 20)
    hold(proxy, 'update')
    proxy.commands.length = 0
    const touching: Promise<void>[] = []
    for (const [i, session] of sessions.entries()) {
      const maxAge = 500_000 + i
      session.cookie = { ...session.cookie, originalMaxAge: maxAge, expires: inMs(maxAge) } as never
      touching.push(store.touch('a', session as never))
      if (i === 0) await proxy.received('update')
    }
    await letGo(proxy)
    await Promise.all(touching)
    expect(proxy.commands).toEqual(['find', 'update', 'find', 'update'])
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
    const warnings: unknown[] = []
    const hear = (warning: { code?: string }) => {
      if (warning.code === 'ERR_MONGODB_STORE_TOUCH') warnings.push(warning)
    }
    nodeProcess.on('warning', hear)
    for (let i = 0; i < 3; i++) {
      expect((await visitor.visit('/look')).status).toBe(200)
      await touched()
    }
    await store.close()
    await turn()
    nodeProcess.off('warning', hear)
    expect(warnings).toHaveLength(1)
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
