/** `destroyMany`: ends the sessions that match, and refuses filters that say too little. */
import mongoose from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  sessionData,
  uniqueName,
} from '../support/server'
import { byUser, filled, idsOf } from '../support/sessions-by-user'

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
