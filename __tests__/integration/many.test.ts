/** Many sessions by a filter: `sessions` and `destroyMany`. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import mongoose from 'mongoose'
import { hugeServer } from '../support/huge-server'
import { fullOrShort } from '../support/in-full'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

/** As many as show by the memory whether they are held. */
const ENDLESS = fullOrShort(100_000, 20_000)

const byUser: Options = {
  schema: { userId: { type: String, index: true } },
  fields: (session) => ({ userId: (session as unknown as { user: string }).user }),
}

async function filled(options: Options = {}): Promise<MongoDBStore> {
  const store = newStore({ ...byUser, ...options })
  await Promise.all([
    store.set('ada 1', sessionData({ user: 'ada', device: 'phone' })),
    store.set('ada 2', sessionData({ user: 'ada', device: 'laptop' })),
    store.set('bob 1', sessionData({ user: 'bob' })),
    store.set('over', sessionData({ user: 'ada' }, -1)),
  ])
  return store
}

/** Bytes that are held, without what could be collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

async function idsOf(sessions: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of sessions) ids.push(id)
  return ids.sort()
}

describe.each([
  ['batched', {}],
  ['each as itself', { batch: false as const }],
])('sessions, %s', (_, options) => {
  it('gives every live session with its id and its data', async () => {
    const store = await filled(options)
    const found = []
    for await (const session of store.sessions()) found.push(session)
    found.sort((a, b) => a.id.localeCompare(b.id))
    expect(found).toMatchObject([
      { id: 'ada 1', user: 'ada', device: 'phone', cookie: { path: '/' } },
      { id: 'ada 2', user: 'ada', device: 'laptop' },
      { id: 'bob 1', user: 'bob' },
    ])
  })

  it('gives each its own end, with a `maxAge` or without, and also where its data have that name', async () => {
    const store = newStore(options)
    const inAMinute = new Date(Date.now() + 60_000)
    const cookie = { originalMaxAge: 60_000, expires: inAMinute, path: '/' }
    await store.set('a', { cookie, expires: 'mine', id: 'mine' } as never)
    await store.set('b', sessionData({}, null))
    await store.set('c', sessionData())
    await store.collection.updateOne({ _id: 'c' as never }, { $unset: { expires: '' } })
    const ends: Record<string, unknown> = {}
    for await (const { id, expires } of store.sessions()) ends[id] = expires
    const record = await store.collection.findOne({ _id: 'b' as never })
    expect(record?.expires).toBeInstanceOf(Date)
    expect(ends).toEqual({ a: inAMinute, b: record?.expires, c: null })
    expect(await store.get('a')).toMatchObject({ expires: 'mine', id: 'mine' })
    expect((await store.all()).find(({ id }) => id === 'a')).toMatchObject({ expires: 'mine' })
  })

  it('gives those that match a field, a key of the session, or the id', async () => {
    const store = await filled(options)
    expect(await idsOf(store.sessions({ userId: 'ada' } as never))).toEqual(['ada 1', 'ada 2'])
    expect(await idsOf(store.sessions({ 'session.device': 'phone' }))).toEqual(['ada 1'])
    expect(await idsOf(store.sessions({ _id: { $in: ['bob 1', 'over'] } }))).toEqual(['bob 1'])
  })

  it('sees what was set before it, also where nobody has awaited that', async () => {
    const store = await filled(options)
    const setting = store.set('new', sessionData())
    expect(await idsOf(store.sessions())).toContain('new')
    await setting
  })

  it('can be left before the end', async () => {
    const store = await filled(options)
    for await (const { id } of store.sessions()) {
      expect(id).toEqual(expect.any(String))
      break
    }
    expect(await store.length()).toBe(3)
  })
})

it('sessions leaves out a record that cannot be read, with a warning', async () => {
  const store = await filled()
  await store.collection.insertOne({
    _id: 'odd' as never,
    session: 5,
    expires: new Date(Date.now() + 9e4),
  })
  const warning = next<Error & { code: string }>(store, 'warning')
  expect(await idsOf(store.sessions())).toEqual(['ada 1', 'ada 2', 'bob 1'])
  expect(await warning).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
})

it.each([
  ['all of them', undefined],
  ['those that match', { 'session.filling': { $ne: '' } }],
])(
  'sessions goes through any number of %s with a cursor, in constant memory',
  async (_, filter) => {
    const server = await hugeServer({ records: ENDLESS, filling: 'x'.repeat(500) })
    const store = newStore({ uri: server.uri })
    let [count, first, most] = [0, 0, 0]
    for await (const session of store.sessions(filter)) {
      // Not `expect`, which takes longer than all the rest
      if (session.id !== `session ${count}`) throw new Error(`${session.id} in place of ${count}`)
      if (++count % (ENDLESS / 10) !== 0) continue
      first ||= heapInUse()
      most = Math.max(most, heapInUse())
    }
    expect(count).toBe(ENDLESS)
    // All of them at once take more than 1000 bytes each
    expect(most - first).toBeLessThan(10e6)
  },
  240_000,
)

describe.each([
  ['batched', {}],
  ['each as itself', { batch: false as const }],
])('destroyMany, %s', (_, options) => {
  it('ends every session of a user, and says how many', async () => {
    const store = await filled(options)
    expect(await store.destroyMany({ userId: 'ada' } as never)).toBe(3) // one has expired
    expect(await idsOf(store.sessions())).toEqual(['bob 1'])
  })

  it('leaves the current session where it is told so', async () => {
    const store = await filled(options)
    await store.destroyMany({ userId: 'ada', _id: { $ne: 'ada 1' } } as never)
    expect(await idsOf(store.sessions())).toEqual(['ada 1', 'bob 1'])
  })

  it('leaves it by the name that the option `idField` gives the session id', async () => {
    const store = closedLater(
      new MongoDBStore({
        connection: await newConnection(),
        collection: uniqueName(),
        idField: 'sid',
        schema: { userId: String, place: {} },
        fields: () => ({ userId: 'ada', place: { city: 'Paris' } }),
        ...options,
      }),
    )
    for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionData() as never)
    const destroyed = await store.destroyMany({
      userId: 'ada',
      sid: { $ne: 'a' },
      'place.city': 'Paris',
    } as never)
    expect([destroyed, await idsOf(store.sessions())]).toEqual([2, ['a']])
  })

  it('also ends what was set before it and nobody has awaited', async () => {
    const store = await filled(options)
    const setting = store.set('ada 3', sessionData({ user: 'ada' }))
    expect(await store.destroyMany({ userId: 'ada' } as never)).toBe(4)
    await setting
  })

  it('is not undone by a request that is still running', async () => {
    const store = await filled(options)
    const session = await store.get('ada 1')
    await store.destroyMany({ userId: 'ada' } as never)
    await store.set('ada 1', Object.assign(session as never, { views: 1 }) as never)
    await store.touch('ada 1', session as never)
    expect(await store.get('ada 1')).toBeNull()
  })

  it('answers a callback', (done) => {
    filled(options).then((store) =>
      store.destroyMany({ userId: 'bob' } as never, (error, count) => {
        expect([error, count]).toEqual([null, 1])
        done()
      }),
    )
  })
})

const FUNCTION = () => true
describe('a filter is refused, and nothing is removed or told, where', () => {
  it.each<[string, unknown]>([
    ['it is undefined', undefined],
    ['it is null', null],
    ['it is a text', 'ada'],
    ['it is a list', [{ userId: 'ada' }]],
    ['it is an instance of a class', new Map([['userId', 'ada']])],
    ['a value is undefined', { userId: undefined }],
    ['a value inside an operator is undefined', { userId: { $in: ['ada', undefined] } }],
    ['a value inside $or is undefined', { $or: [{ userId: 'ada' }, { userId: undefined }] }],
    ['a value is a function', { userId: FUNCTION }],
    ['a value is an empty object', { userId: {} }],
    ['it names a field that no session has', { user: 'ada' }],
    ['it names a field of the prototype', { constructor: 'ada' }],
    ['it holds JavaScript', { $where: 'true' }],
    ['it holds an expression', { $expr: { $eq: [1, 1] } }],
    ['it holds JavaScript further down', { $and: [{ $where: 'true' }] }],
    ['a list of filters is none', { $or: { userId: 'ada' } }],
    ['a list of filters is empty', { $or: [] }],
  ])('%s', async (_, filter) => {
    const store = await filled()
    const refusal = { name: 'MongoDBStoreError', code: 'ERR_MONGODB_STORE_FILTER' }
    await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
    if (filter !== undefined) {
      await expect(idsOf(store.sessions(filter as never))).rejects.toMatchObject(refusal)
    }
    expect(await store.length()).toBe(3)
  })

  it('it is empty, for `destroyMany`', async () => {
    const store = await filled()
    await expect(store.destroyMany({})).rejects.toThrow(/`clear`/)
    expect(await store.length()).toBe(3)
  })
})

it.each([[{ strictQuery: true }], [{ sanitizeFilter: true }], [{ strictQuery: 'throw' as const }]])(
  'an app whose Mongoose has set %j loses no session by a filter',
  async (settings) => {
    const own = new mongoose.Mongoose(settings)
    const connection = closedLater(own.createConnection(process.env.TEST_MONGODB_URI as string))
    const store = closedLater(
      new MongoDBStore({ ...byUser, connection: connection as never, collection: uniqueName() }),
    )
    await store.set('a', sessionData({ user: 'ada' }))
    expect(await store.destroyMany({ 'session.nothing.at.all': 5 } as never)).toBe(0)
    expect(await store.destroyMany({ userId: 'ada' } as never)).toBe(1)
  },
)

it('after close both fail with the code of a closed store', async () => {
  const connection = await newConnection()
  const store = new MongoDBStore({ connection, collection: uniqueName() })
  await store.set('a', sessionData())
  await store.set('b', sessionData())
  const under = store.sessions()
  await under.next()
  await store.close()
  const closed = { code: 'ERR_MONGODB_STORE_CLOSED' }
  await expect(under.next()).rejects.toMatchObject(closed)
  await expect(store.sessions().next()).rejects.toMatchObject(closed)
  await expect(store.destroyMany({ _id: 'a' })).rejects.toMatchObject(closed)
})
