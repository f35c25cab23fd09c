/** What a store must not get wrong around its core: contexts of hooks, limits of plugins, values of codecs. */
import { AsyncLocalStorage } from 'node:async_hooks'
import mongoose, { mongo } from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  type MongoDBStore,
  newConnection,
  newStore,
  newStoreWithoutIndexes,
  sessionData,
  uniqueName,
} from '../support/server'

type Data = Record<string, unknown> & { cookie: { expires: Date; originalMaxAge: number } }

/** What the driver refuses to serialize. */
const ofAnotherBson = () => new (require('mongoose-8') as typeof mongoose).Types.ObjectId()

const visits = () =>
  new mongoose.Schema({ _id: String, session: {}, expires: Date }, { minimize: false })

async function storeOn(schema: mongoose.Schema, options = {}) {
  const model = (await newConnection()).model('Visit', schema, uniqueName())
  return newStore({ model: model as never, ...options })
}

it("a plugin's default limit of every find leaves out no session of a batch", async () => {
  const schema = visits()
  schema.pre('find', function () {
    if (!this.getOptions().limit) this.limit(5)
  })
  const store = await storeOn(schema)
  const sids = Array.from({ length: 20 }, (_, i) => `sid${i}`)
  await Promise.all(sids.map((sid) => store.set(sid, sessionData({ sid }))))
  const found = await Promise.all(sids.map((sid) => store.get(sid)))
  expect(found.map((session) => (session as unknown as Data | null)?.sid)).toEqual(sids)
})

describe("the app's middleware runs in the context of the request that asked", () => {
  const requests = new AsyncLocalStorage<string>()

  it.each([['updateOne'], ['deleteOne']] as const)('of %s, also after waiting', async (query) => {
    const heard: unknown[] = []
    const schema = visits()
    schema.pre(query as 'updateOne', () => void heard.push(requests.getStore()))
    const store = await storeOn(schema)
    await store.ready()
    const write = (n: number) =>
      requests.run(`request ${n}`, () =>
        query === 'updateOne' ? store.set('a', sessionData({ n })) : store.destroy('a'),
      )
    await Promise.all([1, 2, 3].map(write))
    expect(heard).toEqual(['request 1', 'request 2', 'request 3'])
  })

  it('of findOne, also after a write', async () => {
    const heard: unknown[] = []
    const schema = visits()
    schema.pre('findOne', () => void heard.push(requests.getStore()))
    const store = await storeOn(schema)
    await store.ready()
    await Promise.all([
      requests.run('the write', () => store.set('a', sessionData())),
      requests.run('the read', () => store.get('a')),
    ])
    expect(heard).toEqual(['the read'])
  })

  it('of bulkWrite, of the first', async () => {
    const heard: unknown[] = []
    const schema = visits()
    schema.pre('bulkWrite' as never, () => void heard.push(requests.getStore()))
    const store = await storeOn(schema)
    await store.ready()
    await Promise.all(
      ['a', 'b'].map((sid) => requests.run(sid, () => store.set(sid, sessionData()))),
    )
    expect(heard).toEqual(['a'])
  })
})

it.each([['updateOne'], ['bulkWrite']])(
  'what a hook of %s puts into a session in place stays when the session is set again',
  async (query) => {
    type Update = { $set: Record<string, Record<string, unknown>> }
    const schema = visits()
    const put = ({ $set }: Update) => void ($set.session && ($set.session.seen = { n: 1 }))
    if (query === 'updateOne') {
      schema.pre('updateOne', function () {
        put(this.getUpdate() as Update)
      })
    } else {
      schema.pre('bulkWrite' as never, (operations: { updateOne: { update: Update } }[]) => {
        for (const { updateOne } of operations) put(updateOne.update)
      })
    }
    const store = await storeOn(schema)
    const live = ['a', 'b'].map((sid) =>
      store.createSession({ sessionID: sid } as never, sessionData({ user: 'ada' })),
    )
    const setAll = () => Promise.all(live.map((each, i) => store.set('ab'[i] as string, each)))
    await setAll()
    for (const each of live) Object.assign(each, { views: 1 })
    await setAll()
    expect(await store.get('a')).toMatchObject({ user: 'ada', views: 1, seen: { n: 1 } })
  },
)

it.each<[string, (text: string) => unknown]>([
  ['a UUID', () => new mongo.UUID()],
  ['bytes of another subtype', (text) => new mongo.Binary(Buffer.from(text), 0x80)],
  ['a whole number of 64 bits', () => mongo.Long.fromNumber(5)],
])('a codec may store %s: a touch with other settings is written once', async (_name, odd) => {
  const encode = (session: object) => {
    const json = JSON.stringify(session)
    return { json, odd: odd(json) }
  }
  const decode = (stored: unknown) => JSON.parse((stored as { json: string }).json)
  const store = newStore({
    codec: { encode, decode },
    connectionOptions: { monitorCommands: true },
  })
  await store.set('a', sessionData({ user: 'ada' }))
  const session = (await store.get('a')) as unknown as Data
  const statements: number[] = []
  store.client?.on('commandStarted', ({ command }) => {
    if (command.updates) statements.push(command.updates.length)
  })
  session.cookie = { ...session.cookie, originalMaxAge: 120_000 }
  await store.touch('a', session as never)
  // Its expiry, and the session, in one command
  expect(statements).toEqual([2])
  expect(await store.get('a')).toMatchObject({ user: 'ada', cookie: { originalMaxAge: 120_000 } })
})

it('what goes through all sessions makes no get wait for a touch', async () => {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({ uri: proxy.uri })
  await store.set('a', sessionData({ views: 1 }))
  const session = (await store.get('a')) as unknown as Data
  session.cookie.expires = new Date(Date.now() + 500_000)
  proxy.faults.update = 'hang'
  const touching = store.touch('a', session as never)
  await proxy.received('update', 2)
  const looking = [store.length(), store.all(), store.destroyMany({ _id: 'nobody' })]
  expect(await store.get('a')).toMatchObject({ views: 1 })
  await Promise.all(looking)
  delete proxy.faults.update
  await proxy.restore()
  await touching
})

it('an insert that reaches the server after a destroyMany brings no session back', async () => {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({
    uri: proxy.uri,
    schema: { user: String },
    fields: (session) => ({ user: (session as unknown as { user: string }).user }),
    connectionOptions: { serverSelectionTimeoutMS: 300, socketTimeoutMS: 200 },
  })
  store.on('error', () => {})
  await store.set('warm', sessionData({ user: 'bob' }))
  proxy.faults.update = 'hang'
  const setting = store.set('a', sessionData({ user: 'ada' }))
  await expect(setting).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_SET' })
  delete proxy.faults.update
  await store.destroyMany({ user: 'ada' } as never).catch(() => {})
  await proxy.restore()
  await store.destroyMany({ user: 'ada' } as never)
  expect(await store.get('a')).toBeNull()
})

it('another idField with extra fields is batched as any', async () => {
  const store = newStore({
    idField: 'sid',
    schema: { user: String },
    fields: () => ({ user: 'ada' }),
    connectionOptions: { monitorCommands: true },
  })
  await store.ready()
  const commands: string[] = []
  store.client?.on('commandStarted', ({ commandName }) => commands.push(commandName))
  await Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, sessionData())))
  await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))
  expect(commands).toEqual(['update', 'find'])
})

it.each<[string, (store: MongoDBStore) => Promise<unknown>[]]>([
  ['set and destroy', (store) => [store.set('a', sessionData()), store.destroy('a')]],
  ['set and clear', (store) => [store.set('a', sessionData()), store.clear()]],
  [
    'set and destroyMany',
    (store) => [store.set('a', sessionData()), store.destroyMany({ _id: 'a' })],
  ],
])(
  'an insert that arrives after a %s of one tick brings no session back',
  async (_name, remove) => {
    const proxy = closedLater(await faultyProxy())
    const store = newStoreWithoutIndexes({
      uri: proxy.uri,
      connectionOptions: { serverSelectionTimeoutMS: 300, socketTimeoutMS: 200 },
    })
    store.on('error', () => {})
    await store.set('warm', sessionData())
    proxy.faults.update = 'hang'
    await expect(store.set('a', sessionData())).rejects.toThrow()
    delete proxy.faults.update
    await Promise.allSettled(remove(store))
    await proxy.restore()
    await Promise.allSettled(remove(store))
    expect(await store.get('a')).toBeNull()
  },
)

it('nothing is left of sessions whose touches were not needed, or that could not be encoded', async () => {
  const encode = (session: object) => {
    if ('bad' in session) throw new Error('bad')
    return { json: JSON.stringify(session) }
  }
  const decode = (stored: unknown) => JSON.parse((stored as { json: string }).json)
  const store = newStore({ touchAfter: 60_000, codec: { encode, decode } })
  store.on('error', () => {})
  const queues = jest.spyOn(Map.prototype, 'delete')
  await store.set('a', sessionData())
  const session = await store.get('a')
  queues.mockClear()
  await store.touch('a', session as never)
  expect(queues).toHaveBeenCalledWith('a')
  queues.mockRestore()
  await expect(store.set('b', sessionData({ bad: 1 }))).rejects.toThrow()
})

it('a touch with other settings of a session that cannot be stored sends nothing', async () => {
  const store = newStore({ encryption: { secrets: 'a secret of more than 32 characters' } })
  store.on('error', () => {})
  await store.set('a', sessionData({ user: 'ada' }))
  const session = (await store.get('a')) as unknown as Data
  const before = await store.model.findById('a').lean()
  session.cookie = { ...session.cookie, originalMaxAge: 120_000 }
  session.big = 1n
  await expect(store.touch('a', session as never)).rejects.toMatchObject({
    code: 'ERR_MONGODB_STORE_SESSION',
  })
  expect(await store.model.findById('a').lean()).toEqual(before)
})

it('a set whose codec rejects is told so, though a destroy behind it makes it superfluous', async () => {
  const encode = async (data: object) => {
    if ('bad' in data) throw new Error('no')
    return JSON.stringify(data)
  }
  const store = newStore({ codec: { encode, decode: (text) => JSON.parse(`${text}`) } })
  await store.set('a', sessionData())
  const sets = [1, 2].map((bad) => store.set('a', sessionData({ bad })))
  const outcomes = await Promise.allSettled([...sets, store.destroy('a')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(await store.get('a')).toBeNull()
})

it('a write that BSON refuses takes no other of its session along', async () => {
  const store = newStore()
  await store.set('a', sessionData({ user: 'ada' }))
  const session = (await store.get('a')) as unknown as Data
  session.bad = ofAnotherBson()
  const bad = store.set('a', session as never)
  delete session.bad
  session.good = 1
  const good = store.set('a', session as never)
  const outcomes = await Promise.allSettled([bad, good])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(await store.get('a')).toMatchObject({ user: 'ada', good: 1 })
})

it('a session that is too large fails alone, also with a hook of bulkWrite', async () => {
  const schema = visits()
  schema.pre('bulkWrite' as never, () => {})
  const store = await storeOn(schema)
  const bad = sessionData({ bad: 'x'.repeat(20 * 2 ** 20) })
  const sets = [sessionData(), bad, sessionData()].map((session, i) => store.set(`${i}`, session))
  const outcomes = await Promise.allSettled(sets)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

it('hooks of find run in the context of the first of each batch, and no limit cuts a list', async () => {
  const requests = new AsyncLocalStorage<number>()
  const heard: unknown[] = []
  const schema = visits()
  schema.pre('find', function () {
    heard.push(requests.getStore())
    if (!this.getOptions().limit) this.limit(5)
  })
  const store = await storeOn(schema)
  await store.ready()
  const sids = Array.from({ length: 150 }, (_, i) => `${i}`)
  await Promise.all(sids.map((sid, i) => requests.run(i, () => store.get(sid))))
  expect(heard).toEqual([0, 100])
  await Promise.all(sids.slice(0, 12).map((sid) => store.set(sid, sessionData())))
  expect(await store.all()).toHaveLength(12)
})
