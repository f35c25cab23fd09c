/** Writes of one session by several requests at once. */
import { MongoDBStore, newStore, sessionData } from '../support/server'

type Data = Record<string, unknown>
const get = async (store: MongoDBStore, sid: string) =>
  (await store.get(sid)) as unknown as Data & { cookie: Data }

async function stored(data: Data, options = {}): Promise<MongoDBStore> {
  const store = newStore(options)
  await store.set('a', sessionData(data))
  return store
}

describe('two requests that loaded the same session', () => {
  it('both keep their changes of different keys', async () => {
    const store = await stored({ views: 1 })
    const [one, two] = [await get(store, 'a'), await get(store, 'a')]
    one.cart = ['apple']
    two.user = 'ann'
    await Promise.all([store.set('a', one as never), store.set('a', two as never)])
    expect(await get(store, 'a')).toMatchObject({ views: 1, cart: ['apple'], user: 'ann' })
  })

  it('keep a deletion by the one and an addition by the other', async () => {
    const store = await stored({ flash: 'hello', views: 1 })
    const [one, two] = [await get(store, 'a'), await get(store, 'a')]
    delete one.flash
    two.user = 'ann'
    await store.set('a', one as never)
    await store.set('a', two as never)
    const { cookie: _, ...data } = await get(store, 'a')
    expect(data).toEqual({ views: 1, user: 'ann' })
  })

  it('end with the later write of a key that both changed', async () => {
    const store = await stored({ views: 1 })
    const [one, two] = [await get(store, 'a'), await get(store, 'a')]
    one.views = 2
    two.views = 3
    await store.set('a', one as never)
    await store.set('a', two as never)
    expect((await get(store, 'a')).views).toBe(3)
  })

  it('overwrite each other where writes are whole', async () => {
    const store = await stored({ views: 1 }, { writes: 'replace' })
    const [one, two] = [await get(store, 'a'), await get(store, 'a')]
    one.cart = ['apple']
    two.user = 'ann'
    await store.set('a', one as never)
    await store.set('a', two as never)
    const { cookie: _, ...data } = await get(store, 'a')
    expect(data).toEqual({ views: 1, user: 'ann' })
  })
})

describe('a session that is set twice by its request', () => {
  it('keeps what another request changed in between', async () => {
    const store = await stored({ views: 1 })
    const one = await get(store, 'a')
    one.step = 1
    await store.set('a', one as never)
    const two = await get(store, 'a')
    two.step = 2
    await store.set('a', two as never)
    one.done = true
    await store.set('a', one as never)
    expect(await get(store, 'a')).toMatchObject({ step: 2, done: true })
  })
})

describe('the settings of the cookie', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms)

  it.each(['set', 'touch'] as const)(
    'are kept where a %s moves no more than its end',
    async (by) => {
      const store = await stored({ views: 1 })
      const [one, two] = [await get(store, 'a'), await get(store, 'a')]
      one.cookie = { ...one.cookie, originalMaxAge: 3_600_000, expires: inMs(3_600_000) }
      await store.set('a', one as never)
      const end = inMs(60_000)
      two.cookie.expires = end
      await store[by]('a', two as never)
      expect((await get(store, 'a')).cookie).toMatchObject({
        originalMaxAge: 3_600_000,
        expires: end,
      })
    },
  )

  it('are written again after a touch has written others', async () => {
    const store = await stored({ views: 1 })
    const session = await get(store, 'a')
    const { cookie } = session
    session.cookie = { ...cookie, originalMaxAge: 3_600_000, expires: inMs(3_600_000) }
    await store.touch('a', session as never)
    session.cookie = cookie
    await store.set('a', session as never)
    expect((await get(store, 'a')).cookie).toEqual(cookie)
  })
})

describe('keys that no path can name', () => {
  it.each(['a.b', '$set', ''])('%j is written with the whole session', async (key) => {
    const store = await stored({ views: 1 })
    const session = await get(store, 'a')
    session[key] = { nested: 1 }
    // Servers that refuse such keys say so, and write nothing
    const outcome = await store.set('a', session as never).then(
      () => 'written',
      (error) => error.code,
    )
    const found = await get(store, 'a')
    if (outcome === 'written') expect(found[key]).toEqual({ nested: 1 })
    else expect([outcome, key in found]).toEqual(['ERR_MONGODB_STORE_SET', false])
    expect(found.views).toBe(1)
  })

  it('keys that are not names but paths can hold them are merged', async () => {
    const store = await stored({ '0': 'zero', constructor: 1, ['__proto__x']: 2 })
    const session = await get(store, 'a')
    session['0'] = 'one'
    session.constructor = 5 as never
    await store.set('a', session as never)
    expect(await get(store, 'a')).toMatchObject({ '0': 'one', constructor: 5, __proto__x: 2 })
  })
})

describe('values that JavaScript changes in place', () => {
  it.each<[string, () => unknown, (value: never) => void]>([
    ['a list', () => [1], (list: number[]) => list.push(2)],
    ['a date', () => new Date(0), (date: Date) => date.setFullYear(2000)],
    ['a nested object', () => ({ a: { b: 1 } }), (o: { a: { b: number } }) => (o.a.b = 2)],
    ['a buffer', () => Buffer.from('ab'), (buffer: Buffer) => buffer.write('xy')],
  ])('%s is stored as it is at the time of set', async (_name, make, change) => {
    const store = await stored({ value: make(), other: 1 })
    const session = await get(store, 'a')
    change(session.value as never)
    await store.set('a', session as never)
    const expected = make()
    change(expected as never)
    expect((await get(store, 'a')).value).toEqual(expected)
  })
})

describe('a number that another program wrote as another type', () => {
  it('counts as unchanged, so that a change by another request stays', async () => {
    const store = await stored({ cookie: {} })
    const { Double, Long } = store.model.base.mongo
    const fields = { 'session.a': new Double(5), 'session.b': Long.fromNumber(7) }
    await store.collection.updateOne({ _id: 'a' as never }, { $set: fields })
    const [one, two] = [await get(store, 'a'), await get(store, 'a')]
    two.a = 6
    two.b = 8
    await store.set('a', two as never)
    one.c = 1
    await store.set('a', one as never)
    expect(await get(store, 'a')).toMatchObject({ a: 6, b: 8, c: 1 })
  })
})

describe('what goes over the wire', () => {
  it('is less than 2 KB for one changed key of a session of 64 KB', async () => {
    const sizes: number[] = []
    const store = newStore({ connectionOptions: { monitorCommands: true } })
    const big = Array.from({ length: 64 }, (_, i) => [`key${i}`, 'x'.repeat(1024)])
    await store.set('a', sessionData({ ...Object.fromEntries(big), counter: 1 }))
    const session = await get(store, 'a')
    store.client!.on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'update') sizes.push(JSON.stringify(command.updates).length)
    })
    session.counter = 2
    await store.set('a', session as never)
    expect(sizes).toHaveLength(1)
    expect(sizes[0]).toBeLessThan(2048)
  })
})
