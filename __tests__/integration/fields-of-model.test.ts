/** Extra fields of the app's own model, which has others as well: when one that is computed is removed. */
import mongoose, { mongo, Schema } from 'mongoose'
import { newApp } from '../support/app'
import {
  closedLater,
  type MongoDBStore,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

type Data = Record<string, unknown>

/** Names a field only where the session has something for it. */
const named = (session: unknown): Data => {
  const { user, city } = session as Data
  return { ...(user ? { userId: user } : {}), ...(city ? { place: { city } } : {}) }
}

async function storeOn(options: Options, hook = false): Promise<MongoDBStore> {
  const connection = await newConnection()
  const schema = new Schema(
    {
      _id: String,
      session: {},
      expires: Date,
      userId: String,
      place: { city: String },
      tenant: String,
    },
    { minimize: false, collection: uniqueName(), autoCreate: false },
  )
  if (hook) schema.pre('updateOne', () => {})
  const model = connection.model('Visit', schema)
  return newStore({ model, fields: named as never, ...options })
}

const get = async (store: MongoDBStore, sid = 'a') => (await store.get(sid)) as unknown as Data
const set = (store: MongoDBStore, session: unknown, sid = 'a') => store.set(sid, session as never)
const record = async (store: MongoDBStore, sid = 'a') =>
  (await store.collection.findOne({ _id: sid as never })) as Data

const json = {
  encode: (session: object) => JSON.stringify(session),
  decode: (stored: unknown) => JSON.parse(stored as string),
}
const slowJson = { encode: json.encode, decode: async (stored: unknown) => json.decode(stored) }

describe.each<[string, Options, boolean?]>([
  ['batched', {}],
  ['each as itself', { batch: false }],
  ['through Mongoose', {}, true],
  ['written whole', { writes: 'replace' }],
  ['behind a codec', { codec: json }],
  ['behind a codec that takes its time', { codec: slowJson }],
  ['encrypted', { encryption: { secrets: 'a secret of more than 32 characters' } }],
])("a field of the app's model that the function stops naming, %s", (_, options, hook) => {
  it('is removed, and what the app has written beside it stays', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ user: 'ada', city: 'Paris' }))
    await store.model.updateOne({ _id: 'a' }, { tenant: 'one' })
    const loaded = await get(store)
    delete loaded.user
    delete loaded.city
    await set(store, loaded)
    const { userId, place, tenant } = await record(store)
    expect([userId, place, tenant]).toEqual([undefined, undefined, 'one'])
  })

  it('is removed by a logout that keeps the session, over HTTP', async () => {
    const store = await storeOn(options, hook)
    const visitor = (await newApp(store)).newVisitor()
    await visitor.json('/set/user/ada')
    await visitor.json('/set/views/1')
    expect(await record(store, visitor.sid)).toMatchObject({ userId: 'ada' })
    await visitor.json('/delete/user')
    expect(await record(store, visitor.sid)).not.toHaveProperty('userId')
    expect(await store.get(visitor.sid)).toMatchObject({ views: '1' })
  })

  it('is removed also where it was first named after the session was loaded', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ views: 1 }))
    const loaded = await get(store)
    loaded.user = 'ada'
    await set(store, loaded)
    delete loaded.user
    await set(store, loaded)
    expect(await record(store)).not.toHaveProperty('userId')
  })

  it('stays where the app wrote it to a session for which the function never named it', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ views: 1 }))
    await store.model.updateOne({ _id: 'a' }, { userId: 'guest' } as never)
    const loaded = await get(store)
    loaded.views = 2
    await set(store, loaded)
    expect(await record(store)).toMatchObject({ userId: 'guest' })
  })

  it('stays where another request has written it meanwhile', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ views: 1 }))
    const [login, slow] = [await get(store), await get(store)]
    login.user = 'ada'
    await set(store, login)
    slow.views = 2
    await set(store, slow)
    expect(await record(store)).toMatchObject({ userId: 'ada' })
  })

  it('stays where the function fails for the session as it was', async () => {
    const fields = (session: unknown) => {
      if ((session as Data).broken) throw new Error('broken')
      return named(session)
    }
    const store = await storeOn({ ...options, fields: fields as never }, hook)
    await set(store, sessionData({ user: 'ada' }))
    const older = await storeOn({ ...options, model: store.model, fields: undefined } as Options)
    await set(older, sessionData({ user: 'ada', broken: true }))
    const loaded = await get(store)
    delete loaded.broken
    delete loaded.user
    await set(store, loaded)
    expect(await record(store)).toMatchObject({ userId: 'ada' })
  })
})

it('a key of the data that a live session has for itself is no key that it has lost', async () => {
  const fields = (session: unknown) => {
    const { save } = session as Data
    return typeof save === 'string' ? { userId: save } : {}
  }
  const store = await storeOn({ fields: fields as never })
  const visitor = (await newApp(store)).newVisitor()
  await visitor.json('/set/views/1')
  const { sid } = visitor
  await set(store, sessionData({ save: 'ada' }), sid)
  expect(await record(store, sid)).toMatchObject({ userId: 'ada' })
  await visitor.json('/set/views/2')
  expect(await record(store, sid)).toMatchObject({ userId: 'ada', session: { save: 'ada' } })
})

it('what the function is given of the loaded session is not what the app has made of it', async () => {
  const store = await storeOn({
    fields: ((session: { users: string[] }) =>
      session.users.length > 0 ? { userId: session.users[0] } : {}) as never,
  })
  await set(store, sessionData({ users: ['ada'] }))
  const loaded = (await get(store)) as { users: string[] }
  loaded.users.length = 0
  await set(store, loaded)
  expect(await record(store)).not.toHaveProperty('userId')
})

it('the function is asked of the loaded session only where a record has what it does not name', async () => {
  const fields = jest.fn(named)
  const store = await storeOn({ fields: fields as never })
  await set(store, sessionData({ user: 'ada' }))
  const loaded = await get(store)
  loaded.views = 1
  fields.mockClear()
  await set(store, loaded)
  expect(fields).toHaveBeenCalledTimes(1)
  delete loaded.user
  fields.mockClear()
  await set(store, loaded)
  expect(fields).toHaveBeenCalledTimes(1) // what it gave last is known
  expect(await record(store)).not.toHaveProperty('userId')
})

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

/** Of these Mongoose would make something else, or throw. */
const MISREAD = [
  ['{ "__proto__": { "a": 1 } }'],
  ['{ "constructor": { "prototype": 1 } }'],
  ['{ "isMongooseArray": true }'],
  ['{ "isMongooseBuffer": true, "list": [{ "isMongooseDocumentArray": true }] }'],
  ['{ "toObject": 1, "list": [{ "__proto__": 1 }] }'],
  ['{ "empty": {}, "list": [{}, [], null, { "empty": {} }] }'],
] as const

describe.each<[string, string[], Options]>([
  ['alone', [], {}],
  ['with hooks of batches', ['bulkWrite', 'find'], {}],
  ['with hooks of single operations', ['updateOne'], {}],
  [
    'of bytes that are encrypted',
    [],
    { encryption: { secrets: 'a secret of 32 characters or more' } },
  ],
])("a field of no type in the app's model, %s", (_, hooks, options) => {
  /** Without `minimize`, a destroy and a set that leave together are a replacement. */
  const hosts = Object.entries(VERSIONS).flatMap(([version, host]) =>
    [true, false].map((minimize) => ({ version, host, minimize })),
  )

  async function storeWith({ host, minimize }: (typeof hosts)[number], fields: unknown) {
    const schema = new host.Schema(
      {
        _id: String,
        session: options.encryption ? Buffer : {},
        expires: Date,
        any: {},
        within: { any: {}, map: { type: Map, of: {} } },
        map: { type: Map, of: {} },
        list: { type: [{}], default: undefined },
        lists: { type: Map, of: [[{}]] },
      } as never,
      { collection: uniqueName(), autoCreate: false, versionKey: false, minimize },
    )
    // A hook of bulkWrite is given by Mongoose 8 what it has to call
    for (const hook of hooks) schema.pre(hook as never, async () => {})
    const connection = closedLater(await host.createConnection(uri).asPromise())
    const model = connection.model('Visit', schema) as never
    return newStore({ model, fields: fields as never, ...options })
  }

  it.each(MISREAD)('is stored as the function gives it: %s', async (json) => {
    const fields = ({ json }: { json: string }) => {
      const any = JSON.parse(json)
      const map = { a: any, isMongooseBuffer: any, isMongooseArray: 1 }
      return { any, within: { any, map }, map, list: [any, 1, any], lists: { a: [[any], []] } }
    }
    const expected = mongo.BSON.serialize(fields({ json }))
    for (const each of hosts) {
      const store = await storeWith(each, fields)
      const bytesOf = async (sid: string) => {
        const { any, within, map, list, lists } = await record(store, sid)
        return mongo.BSON.serialize({ any, within, map, list, lists })
      }
      await set(store, sessionData({ json: '1' }))
      await set(store, Object.assign(await get(store), { json }))
      await Promise.all(['b', 'c'].map((sid) => set(store, sessionData({ json }), sid)))
      await Promise.all([store.destroy('c'), set(store, sessionData({ json }), 'c')])
      for (const sid of ['a', 'b', 'c']) {
        const { version, minimize } = each
        expect([version, minimize, sid, await bytesOf(sid)]).toEqual([
          version,
          minimize,
          sid,
          expected,
        ])
      }
    }
  })
})

/** Schemas of which Mongoose leaves empty objects out, and one of which it does not. */
const MINIMIZED: Readonly<Record<string, object>> = {
  'by default': {},
  'where it is set': { minimize: true },
  'by its `toObject`': { minimize: false, toObject: { minimize: true } },
  never: { minimize: false },
}

/** As they are cast: name → value. */
const EMPTY: Data = {
  nested: {},
  within: { nested: {} },
  beside: { nested: {}, city: 'Paris' },
  open: { nested: {}, any: { empty: {} } },
  document: {},
  map: {},
  mapOfAny: { a: {}, b: { empty: {} } },
  list: [{}, { n: 1 }],
}

describe.each(Object.entries(VERSIONS))('with %s', (_, host) => {
  it.each(Object.entries(MINIMIZED))(
    'an empty object in a field is stored alike whatever leaves together, by a schema minimized %s',
    async (_name, options) => {
      const nested = { n: Number }
      const document = new host.Schema(nested, { _id: false })
      const schema = new host.Schema(
        {
          _id: String,
          session: {},
          expires: Date,
          nested,
          within: { nested },
          beside: { nested, city: String },
          open: { nested, any: {} },
          document,
          map: { type: Map, of: String },
          mapOfAny: { type: Map, of: {} },
          list: { type: [document], default: undefined },
        } as never,
        { collection: uniqueName(), autoCreate: false, versionKey: false, ...options },
      )
      const connection = closedLater(await host.createConnection(uri).asPromise())
      const model = connection.model('Visit', schema) as never
      const fields = ({ is }: { is?: 'empty' }) => (is ? EMPTY : { nested: { n: 1 } })
      const store = newStore({ model, fields: fields as never })
      const fieldsOf = async (sid: string) => {
        const { _id, session: _session, expires: _expires, ...others } = await record(store, sid)
        return others
      }
      const empty = sessionData({ is: 'empty' })
      await set(store, sessionData())
      await store.destroy('a')
      await set(store, empty)
      const apart = await fieldsOf('a')
      expect(Object.keys(apart).sort()).toEqual(Object.keys(EMPTY).sort())

      const together = (sid: string) => [
        set(store, sessionData(), sid),
        store.destroy(sid),
        set(store, empty, sid),
      ]
      await Promise.all(together('b'))
      await Promise.all([...together('c'), ...together('d')])
      await Promise.all(['e', 'f'].map((sid) => set(store, empty, sid)))
      await set(store, Object.assign(await get(store, 'f'), { is: undefined }), 'f')
      await set(store, Object.assign(await get(store, 'f'), { is: 'empty' }), 'f')
      for (const sid of ['b', 'c', 'd', 'e', 'f']) {
        expect([sid, await fieldsOf(sid)]).toEqual([sid, apart])
      }
    },
  )
})
