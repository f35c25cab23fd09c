/** Extra fields of the app's own model, which has others as well. */
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

/** Leaves `place` out where the session has no city, and removes `userId` where it has no user. */
const named = (session: unknown): Data => {
  const { user, city } = session as Data
  return { userId: user, ...(city ? { place: { city } } : {}) }
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
])("a field of the app's model, %s", (_, options, hook) => {
  it('is removed where the function gives undefined, and what the app has written beside it stays', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ user: 'ada', city: 'Paris' }))
    await store.model.updateOne({ _id: 'a' }, { tenant: 'one' })
    const loaded = await get(store)
    delete loaded.user
    await set(store, loaded)
    const { userId, tenant } = await record(store)
    expect([userId, tenant]).toEqual([undefined, 'one'])
  })

  it('stays where the function leaves it out', async () => {
    const store = await storeOn(options, hook)
    await set(store, sessionData({ user: 'ada', city: 'Paris' }))
    const loaded = await get(store)
    delete loaded.city
    await set(store, loaded)
    expect(await record(store)).toMatchObject({ userId: 'ada', place: { city: 'Paris' } })
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

  // Where the session is written whole, the fields are those of the session that is stored
  if (options.writes || options.codec || options.encryption) return

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

describe.each<[string, Options]>([
  ['plain', {}],
  ['of bytes that are encrypted', { encryption: { secrets: 'a secret of 32 characters or more' } }],
])("a field of no type in the app's model, %s", (_, options) => {
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
      } as never,
      { collection: uniqueName(), autoCreate: false, versionKey: false, minimize },
    )
    const connection = closedLater(await host.createConnection(uri).asPromise())
    const model = connection.model('Visit', schema) as never
    return newStore({ model, fields: fields as never, ...options })
  }

  it.each(MISREAD)('is stored as the function gives it: %s', async (json) => {
    const fields = ({ json }: { json: string }) => ({ any: JSON.parse(json) })
    const expected = mongo.BSON.serialize(fields({ json }))
    for (const each of hosts) {
      const store = await storeWith(each, fields)
      const bytesOf = async (sid: string) => {
        const { any } = await record(store, sid)
        return mongo.BSON.serialize({ any })
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
