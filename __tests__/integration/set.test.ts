/** `set`: writes of one session that queue up leave together, and in order. */
import { BATCHES, type Data, hold, inMs, letGo, load, loads, start } from '../support/held-back'
import { itIfServerHas, sessionData } from '../support/server'

describe.each(BATCHES)('%s', (_name, options) => {
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
