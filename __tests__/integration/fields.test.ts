/** Extra fields of a record, computed from its session. */
import mongoose, { Schema, Types } from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

type Data = Record<string, unknown> & { cookie: unknown }

const byUser: Options = {
  schema: { userId: { type: String, index: true }, visits: Number },
  fields: (session) => {
    const { user, visits } = session as unknown as { user?: string; visits?: number }
    return { userId: user, visits }
  },
}

const get = async (store: MongoDBStore, sid: string) =>
  (await store.get(sid)) as unknown as Data & { user?: string; visits?: number }
const set = (store: MongoDBStore, sid: string, session: unknown) => store.set(sid, session as never)
const record = (store: MongoDBStore, sid: string) =>
  store.model.findById(sid).lean() as unknown as Promise<Record<string, unknown>>

describe.each([
  ['batched', byUser],
  ['each as itself', { ...byUser, batch: false as const }],
  ['written whole', { ...byUser, writes: 'replace' as const }],
  [
    'behind a codec',
    {
      ...byUser,
      codec: { encode: JSON.stringify, decode: (s: unknown) => JSON.parse(s as string) },
    },
  ],
] as [string, Options][])('extra fields, %s', (_, options) => {
  it('are written with a new session, changed with it, and removed where it has them no more', async () => {
    const store = newStore(options)
    await set(store, 'a', sessionData({ user: 'ada' }))
    expect(await record(store, 'a')).toMatchObject({ userId: 'ada' })

    const loaded = await get(store, 'a')
    loaded.user = 'bob'
    loaded.visits = 3
    await set(store, 'a', loaded)
    expect(await record(store, 'a')).toMatchObject({ userId: 'bob', visits: 3 })

    delete loaded.user
    await set(store, 'a', loaded)
    const { userId, visits } = await record(store, 'a')
    expect([userId, visits]).toEqual([undefined, 3])
  })

  it('are removed where the function does not name them any more', async () => {
    const fields: Options['fields'] = (session) => {
      const { user } = session as unknown as { user?: string }
      return user === undefined ? {} : { userId: user }
    }
    const store = newStore({ ...options, fields })
    await set(store, 'a', sessionData({ user: 'ada' }))
    const loaded = await get(store, 'a')
    delete loaded.user
    await set(store, 'a', loaded)
    expect(await record(store, 'a')).not.toHaveProperty('userId')
  })

  it('are cast as the schema says, and stay with a touch', async () => {
    const store = newStore({
      ...options,
      schema: { at: Date, owner: Schema.Types.ObjectId },
      fields: () => ({ at: 5, owner: 'ab'.repeat(12) }),
    })
    await set(store, 'a', sessionData())
    await store.touch('a', sessionData())
    const { at, owner } = await record(store, 'a')
    expect([at, owner]).toEqual([new Date(5), new Types.ObjectId('ab'.repeat(12))])
  })
})

it('extra fields of a request that did not change them leave those of another as they are', async () => {
  const store = newStore(byUser)
  await set(store, 'a', sessionData({ views: 1 }))
  const [login, slow] = [await get(store, 'a'), await get(store, 'a')]
  login.user = 'ada'
  await set(store, 'a', login)
  slow.views = 2
  await set(store, 'a', slow)
  expect(await record(store, 'a')).toMatchObject({
    userId: 'ada',
    session: { views: 2, user: 'ada' },
  })
})

it.each<[string, Options]>([
  ['encrypted', { encryption: { secrets: 'a secret of more than 32 characters' } }],
  ['written whole', { writes: 'replace' }],
])('extra fields are those of the session that is stored, where it is %s', async (_, options) => {
  const store = newStore({ ...byUser, ...options })
  await set(store, 'a', sessionData({ user: 'ada' }))
  const [logout, slow] = [await get(store, 'a'), await get(store, 'a')]
  delete logout.user
  await set(store, 'a', logout)
  slow.views = 2
  await set(store, 'a', slow)
  expect(await store.get('a')).toMatchObject({ user: 'ada', views: 2 })
  expect(await record(store, 'a')).toMatchObject({ userId: 'ada' })
  expect(await store.destroyMany({ userId: 'ada' } as never)).toBe(1)
})

describe.each([
  ['batched', {}],
  ['each as itself', { batch: false as const }],
  [
    'behind a codec',
    { codec: { encode: JSON.stringify, decode: (s: unknown) => JSON.parse(s as string) } },
  ],
] as [string, Options][])('a session that is older than the extra fields, %s', (_, others) => {
  /** One that was stored without them, and the store that computes them. */
  async function older(data: object) {
    const plain = newStore(others)
    await set(plain, 'a', sessionData({ ...data }))
    const { collectionName: collection } = plain.collection
    const store = newStore({ ...byUser, ...others, collection })
    return store
  }
  it('gets them by recomputeFields, and by its next set', async () => {
    const store = await older({ user: 'ada', visits: 2 })
    const asItWas = await record(store, 'a')
    expect(await store.recomputeFields()).toBe(1)
    expect(await record(store, 'a')).toEqual({ ...asItWas, userId: 'ada', visits: 2 })
    expect(await store.destroyMany({ userId: 'ada' } as never)).toBe(1)
  })

  it('is left as it is where they cannot be computed, with a warning', async () => {
    const store = await older({ visits: 'many' })
    const asItWas = await record(store, 'a')
    const warned = next<{ code: string }>(store, 'warning')
    expect(await store.recomputeFields()).toBe(0)
    expect((await warned).code).toBe('ERR_MONGODB_STORE_SESSION')
    expect(await record(store, 'a')).toEqual(asItWas)
  })
})

describe('recomputeFields', () => {
  const fieldsOf = async (store: MongoDBStore, sid: string) => (await record(store, sid)).userId

  it('writes what differs, removes what is gone, and leaves out what has expired', async () => {
    const store = newStore(byUser)
    for (const sid of ['a', 'b', 'c']) await set(store, sid, sessionData({ user: 'ada' }))
    await set(store, 'd', sessionData({}))
    await store.model.updateOne({ _id: 'a' }, { userId: 'nobody' } as never)
    await store.model.updateOne({ _id: 'b' }, { userId: 'nobody', expires: new Date(1) } as never)
    await store.model.updateOne({ _id: 'd' }, { userId: 'nobody' } as never)
    expect(await store.recomputeFields()).toBe(2)
    const sids = ['a', 'b', 'c', 'd']
    const users = await Promise.all(sids.map((sid) => fieldsOf(store, sid)))
    expect(users).toEqual(['ada', 'nobody', 'ada', undefined])
    expect(await store.recomputeFields()).toBe(0)
  })

  it('reads a session again that a request changes meanwhile', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined
    const codec = {
      encode: (session: object) => JSON.stringify(session),
      decode: async (stored: unknown) => {
        const session = JSON.parse(stored as string)
        const change = meanwhile
        meanwhile = undefined
        await change?.()
        return session
      },
    }
    const store = newStore({ ...byUser, codec })
    await set(store, 'a', sessionData({ user: 'ada' }))
    const loaded = await get(store, 'a')
    await store.model.updateOne({ _id: 'a' }, { userId: 'nobody' } as never)
    meanwhile = () => set(store, 'a', Object.assign(loaded, { user: 'bob' }))
    await store.recomputeFields()
    expect(await fieldsOf(store, 'a')).toBe('bob')
  })

  it("leaves a field of the app's own model as it is where the function leaves it out", async () => {
    const schema = new Schema({
      _id: String,
      session: {},
      expires: Date,
      userId: String,
      tenant: String,
    })
    const model = (await newConnection()).model('Visit', schema, uniqueName())
    const store = newStore({
      model,
      fields: ({ user }: { user?: string }) => ({ userId: user }),
    } as never)
    await set(store, 'a', sessionData({ user: 'ada' }))
    await store.model.updateOne({ _id: 'a' }, { userId: 'nobody', tenant: 'one' } as never)
    expect(await store.recomputeFields()).toBe(1)
    expect(await record(store, 'a')).toMatchObject({ userId: 'ada', tenant: 'one' })
  })
})

it('a touch of a session that has its extra fields writes its end alone', async () => {
  const store = newStore({ ...byUser, uri, connectionOptions: { monitorCommands: true } })
  await set(store, 'a', sessionData({ user: 'ada' }))
  const loaded = await get(store, 'a')
  const written: string[][] = []
  store.client?.on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'update') written.push(Object.keys(command.updates[0].u.$set))
  })
  Object.assign(loaded.cookie as object, { expires: new Date(Date.now() + 120_000) })
  await store.touch('a', loaded as never)
  expect(written).toEqual([['expires', 'session.cookie.expires']])
})

it('extra fields never bring back a session that was destroyed', async () => {
  const store = newStore(byUser)
  await set(store, 'a', sessionData())
  const loaded = await get(store, 'a')
  await store.destroy('a')
  loaded.user = 'ada'
  await set(store, 'a', loaded)
  expect(await store.model.countDocuments()).toBe(0)
})

it.each([
  [
    'throws',
    () => {
      throw new Error('ada lovelace')
    },
  ],
  ['gives a promise', async () => ({ userId: 'ada lovelace' })],
  ['gives nothing', () => undefined],
  ['gives what the schema does not have', () => ({ nobody: 'ada lovelace' })],
  ['gives what the type cannot be', () => ({ visits: 'ada lovelace' })],
  ['gives a field of the store', () => ({ session: 'ada lovelace' })],
])('a function that %s fails the set alone, before anything is written', async (_, fields) => {
  const store = newStore({ ...byUser, fields: fields as never })
  const failing = set(store, 'a', sessionData())
  await expect(failing).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_SESSION' })
  await expect(failing).rejects.toThrow(/^Error setting [\da-f]{16}: .*`fields`/)
  await expect(failing).rejects.not.toThrow(/lovelace/)
  expect(await store.length()).toBe(0)
})

it('the indexes of extra fields are made, and one that cannot be made is a warning', async () => {
  const store = newStore({
    ...byUser,
    schema: {
      userId: { type: String, index: true },
      visits: { type: Number, index: { sparse: true } },
    },
  })
  await store.ready()
  const keys = (await store.collection.indexes()).map(({ key }) => Object.keys(key).join())
  expect(keys).toEqual(expect.arrayContaining(['userId', 'visits']))
})

it('an index of an extra field that cannot be made is a warning', async () => {
  const connection = await newConnection()
  const store = new MongoDBStore({ ...byUser, connection, collection: uniqueName() })
  jest.spyOn(store.model.collection, 'createIndex').mockImplementation(async (keys) => {
    if ('userId' in (keys as object)) throw Object.assign(new Error(), { code: 86 })
    return ''
  })
  const warning = next<Error>(store, 'warning')
  await closedLater(store).ready()
  expect((await warning).message).toContain('on { userId: 1 } of ')
})

it("an app's own model has its fields written too, with its refs, and populate finds the user", async () => {
  const connection = await newConnection()
  const User = connection.model('User', new Schema({ name: String }), uniqueName('users'))
  const ada = await User.create({ name: 'Ada' })
  const model = connection.model(
    'Visit',
    new Schema(
      {
        _id: String,
        session: {},
        expires: Date,
        user: { type: Schema.Types.ObjectId, ref: 'User' },
      },
      { minimize: false, versionKey: false, collection: uniqueName() },
    ),
  )
  const store = closedLater(
    new MongoDBStore({ model, fields: (session) => ({ user: session.userId }) }),
  )
  await set(store as never, 'a', sessionData({ userId: String(ada._id) }))
  const found = await model.findById('a').populate<{ user: { name: string } }>('user')
  expect(found?.user.name).toBe('Ada')
})

it('setters of an extra field run, and so does other middleware of the model', async () => {
  const store = newStore({
    schema: { userId: { type: String, lowercase: true }, kind: { type: String, default: 'web' } },
    fields: (session) => ({ userId: (session as unknown as Data).user as string, kind: undefined }),
  })
  await set(store, 'a', sessionData({ user: 'ADA' }))
  expect(await record(store, 'a')).toMatchObject({ userId: 'ada' })
})

it.each([
  [{ fields: () => ({}) }, /`fields` needs `schema`/],
  [{ schema: new mongoose.Schema({}) }, /pass a `model`/],
  [{ schema: { session: String } }, /cannot define `session`/],
  [{ schema: { expires: Date } }, /cannot define `expires`/],
  [{ schema: { 'a.b': String } }, /top-level field/],
  [{ schema: { a: String }, fields: 5 }, /`fields` must be a function/],
])('the options %j are refused', (options, message) => {
  expect(() => new MongoDBStore(options as never)).toThrow(message)
})
