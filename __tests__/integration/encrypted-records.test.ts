/** Encrypted sessions in the collection: what it holds, and how the store's other promises fare. */
import { inspect } from 'node:util'
import mongoose from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  newStoreWithoutIndexes,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

type Data = Record<string, unknown>

const OLD = 'an old secret of more than 32 characters'
const NEW = 'a new secret of more than 32 characters'
const MARKER = 'hunter2-token'

const encrypted = (options: Options = {}) =>
  newStore({ ...options, codec: undefined, encryption: { secrets: [NEW] } })

/** Two stores on one collection: as it was, and with the new secret in front. */
function rotated(options: Options = {}): [before: MongoDBStore, after: MongoDBStore] {
  const place = { ...options, uri, collection: uniqueName() }
  return [
    newStoreWithoutIndexes({ ...place, codec: undefined, encryption: { secrets: [OLD] } }),
    newStoreWithoutIndexes({ ...place, codec: undefined, encryption: { secrets: [NEW, OLD] } }),
  ]
}

const raw = async (store: MongoDBStore, sid: string) =>
  (await store.collection.findOne({ _id: sid as never }, { raw: true })) as unknown as Buffer

/** Sets, changes and touches one session, and gives what it holds in the end. */
async function used(store: MongoDBStore): Promise<Data> {
  const born = new Date(0)
  const user = new mongoose.Types.ObjectId('0123456789abcdef01234567')
  await store.set('a', sessionData({ user, born, bytes: Buffer.from('ab'), cart: {}, gone: 1 }))
  const session = (await store.get('a')) as unknown as Data
  session.token = MARKER
  delete session.gone
  await store.set('a', session as never)
  await store.touch('a', session as never)
  const last = (await store.get('a')) as unknown as Data
  last.cookie = (sessionData({}, 120_000) as Data).cookie
  await store.touch('a', last as never)
  const { cookie, ...data } = (await store.get('a')) as unknown as Data
  expect(cookie).toMatchObject({ originalMaxAge: 120_000, expires: expect.any(Date) })
  expect(data).toEqual({ user, born, bytes: Buffer.from('ab'), cart: {}, token: MARKER })
  return data
}

describe('the collection', () => {
  it('holds nothing of the session, and the rest as ever', async () => {
    const [plain, store] = [newStore(), encrypted()]
    await used(plain)
    await used(store)
    for (const text of [MARKER, 'cookie', 'originalMaxAge', '0123456789abcdef01234567']) {
      const bytes = text === '0123456789abcdef01234567' ? Buffer.from(text, 'hex') : text
      expect((await raw(plain, 'a')).includes(bytes)).toBe(true)
      expect((await raw(store, 'a')).includes(bytes)).toBe(false)
    }
    expect(await store.collection.findOne()).toEqual({
      _id: 'a',
      session: expect.objectContaining({ _bsontype: 'Binary', sub_type: 0 }),
      expires: expect.any(Date),
    })
  })

  it('gets other bytes for the same session each time', async () => {
    const store = encrypted()
    const session = sessionData({ views: 1 })
    await store.set('a', session)
    const first = await raw(store, 'a')
    await store.set('a', session)
    expect((await raw(store, 'a')).equals(first)).toBe(false)
  })
})

describe("an app's model", () => {
  const Mixed = mongoose.Schema.Types.Mixed
  const hooked = (schema: mongoose.Schema) => {
    for (const query of ['findOne', 'updateOne', 'deleteOne']) schema.pre(query as never, () => {})
    return schema
  }
  const schemaWith = (session: unknown, fields: Data = {}) =>
    new mongoose.Schema({ _id: String, session, expires: Date, ...fields } as never, {
      autoIndex: false,
    }) as unknown as mongoose.Schema

  it.each<[string, () => mongoose.Schema]>([
    ['a mixed path', () => schemaWith({})],
    ['a path of bytes', () => schemaWith(Buffer)],
    ['a mixed path, and middleware', () => hooked(schemaWith({}))],
    ['a path of bytes, and middleware', () => hooked(schemaWith(Buffer))],
    ['a mixed path with a validator', () => schemaWith({ type: Mixed, validate: Buffer.isBuffer })],
    ['a path of bytes with a validator', () => schemaWith({ type: Buffer, validate: () => true })],
    ['timestamps', () => schemaWith({}).set('timestamps', true)],
    ['another field', () => schemaWith({}, { seen: { type: Date, default: Date.now } })],
  ])('with %s works, and so does rotation with it', async (_name, schema) => {
    const connection = await newConnection()
    const model = connection.model('Visit', schema(), uniqueName())
    await used(newStore({ model, encryption: { secrets: [OLD] } }))
    const during = newStore({ model, encryption: { secrets: [NEW, OLD] } })
    const session = (await during.get('a')) as unknown as Data
    session.views = 1
    await during.set('a', session as never)
    expect(await newStore({ model, encryption: { secrets: [NEW] } }).get('a')).toMatchObject({
      token: MARKER,
    })
    expect((await raw(during, 'a')).includes(MARKER)).toBe(false)
  })

  it('with a path that cannot hold bytes is refused', async () => {
    const connection = await newConnection()
    const model = connection.model('Visit', schemaWith(String), uniqueName())
    expect(() => newStore({ model, encryption: { secrets: [NEW] } })).toThrow(
      expect.objectContaining({ code: 'ERR_MONGODB_STORE_MODEL_PATHS' }),
    )
  })
})

describe("an app's settings", () => {
  it.each([
    { promoteValues: false },
    { promoteBuffers: false },
    { promoteBuffers: true },
    { useBigInt64: true },
    { bsonRegExp: true },
  ])('of the connection do not matter: %p', async (connectionOptions) => {
    await used(encrypted({ connectionOptions }))
  })

  it('of a Mongoose of another major version do not matter', async () => {
    const other = require('mongoose-8') as typeof mongoose
    const connection = closedLater(await other.createConnection(uri).asPromise())
    const store = encrypted({ connection: connection as never })
    const id = new other.Types.ObjectId()
    await store.set('a', sessionData({ id }))
    expect(await store.get('a')).toMatchObject({ id })
  })
})

describe('what the store promises', () => {
  it.each([{}, { batch: false as const }])('is kept of sessions under way: %p', async (options) => {
    const store = encrypted(options)
    await store.set('a', sessionData())
    const session = (await store.get('a'))!
    await store.destroy('a')
    Object.assign(session, { late: true })
    await store.set('a', session)
    Object.assign(session.cookie, { expires: new Date(Date.now() + 120_000) })
    await store.touch('a', session)
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('is kept of a touch that is not worth a write', async () => {
    const [before, after] = rotated({ touchAfter: 20_000 })
    await before.set('a', sessionData())
    const stored = await raw(before, 'a')
    const session = (await after.get('a'))!
    Object.assign(session.cookie, { expires: new Date(Date.now() + 70_000) })
    await after.touch('a', session)
    expect((await raw(after, 'a')).equals(stored)).toBe(true)
  })

  it('is kept of the others in a batch, where one cannot be read', async () => {
    const [before, after] = rotated()
    const strangers = newStore({
      uri,
      collection: before.options.collection,
      encryption: { secrets: 'a secret that only this one has, and no other' },
    })
    await before.set('a', sessionData({ who: 'a' }))
    await strangers.set('b', sessionData({ who: 'b' }))
    const [a, b] = await Promise.allSettled([after.get('a'), after.get('b')])
    expect(a).toMatchObject({ value: { who: 'a' } })
    expect(b).toMatchObject({ reason: { code: 'ERR_MONGODB_STORE_ENCRYPTION_SECRET' } })
  })
})

describe('secrets', () => {
  it('are in neither the store, its options nor what it throws', async () => {
    const store = encrypted()
    await store.collection.insertOne({ _id: 'a', session: Buffer.alloc(99, 1) } as never)
    const error = await store.get('a').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Error)
    for (const shown of [store, store.options, store.options.encryption, error]) {
      expect(inspect(shown, { depth: 9, showHidden: shown !== store.options })).not.toContain(
        'a new',
      )
      expect(JSON.stringify(shown)).not.toContain('a new')
    }
    expect(Object.keys(store.options)).not.toContain('encryption')
  })
})
