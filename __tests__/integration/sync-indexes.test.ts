/** Apps that run `syncIndexes()`: what the store needs is declared, and so it stays. */
import mongoose, { type Connection } from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }
const NOTHING = { toDrop: [], toCreate: [] }

const indexesOf = async ({ collection }: MongoDBStore) =>
  (await collection.indexes()).map(({ name, key, expireAfterSeconds, unique }) => ({
    name,
    key,
    expireAfterSeconds,
    unique,
  }))

/** Each of the values with each of the others. */
function combinations(choices: Record<string, readonly unknown[]>): Options[] {
  let all: Record<string, unknown>[] = [{}]
  for (const [name, values] of Object.entries(choices)) {
    all = all.flatMap((each) => values.map((value) => ({ ...each, [name]: value })))
  }
  return all as Options[]
}

const COMBINATIONS = combinations({
  autoRemove: ['native', 'interval', 'disabled'],
  idField: ['_id', 'sid'],
  expiresKey: ['expires', 'endsAt'],
  expiresAfterSeconds: [0, 60],
  schema: [
    undefined,
    {
      userId: { type: String, index: true },
      email: { type: String, index: { unique: true, sparse: true, name: 'mail' } },
      visits: [{ at: { type: Date, index: -1 } }],
    },
  ],
})

/** What the options ask for besides what `schema` has, as Mongoose says it. */
function asked({ autoRemove, idField, expiresKey, expiresAfterSeconds }: Options): unknown[] {
  const forExpiry = autoRemove === 'native' ? { expireAfterSeconds: expiresAfterSeconds } : {}
  return [
    ...(idField === '_id' ? [] : [[{ [idField as string]: 1 }, { unique: true }]]),
    ...(autoRemove === 'disabled' ? [] : [[{ [expiresKey as string]: 1 }, forExpiry]]),
  ]
}

describe.each(Object.entries(VERSIONS))('%s', (_name, host) => {
  const connect = async () => closedLater(await host.createConnection(uri).asPromise())

  itIfServerHas(
    'ttlIndex',
    'finds nothing to drop or to create, whatever the options',
    async () => {
      const connection = await connect()
      const stores: MongoDBStore[] = []
      for (const options of COMBINATIONS) {
        stores.push(await newStore({ connection, ...options }).ready())
      }
      for (const store of stores) {
        expect([store.options, await store.model.diffIndexes()]).toEqual([store.options, NOTHING])
        const declared = store.model.schema
          .indexes()
          .map(([keys, { background: _, ...rest }]) => [keys, rest])
        expect(declared).toEqual(expect.arrayContaining(asked(store.options as Options)))
      }
    },
  )

  itIfServerHas('ttlIndex', 'leaves all indexes where they are', async () => {
    const connection = await connect()
    const store = await newStore({ connection, idField: 'sid' }).ready()
    const before = await indexesOf(store)
    expect(before).toHaveLength(3)
    await connection.syncIndexes()
    expect(await indexesOf(store)).toEqual(before)
  })

  itIfServerHas('ttlIndex', 'makes them where the store is not to', async () => {
    const connection = await connect()
    const options: Options = { createIndexes: false, idField: 'sid' }
    const store = newStore({ connection, ...options })
    store.on('warning', () => {})
    await store.ready()
    expect(await store.model.diffIndexes()).toMatchObject({
      toCreate: [{ sid: 1 }, { expires: 1 }],
    })
    await connection.syncIndexes()
    expect(await indexesOf(store)).toMatchObject([
      { name: '_id_' },
      { name: 'sid_1', unique: true },
      { name: 'expires_1', expireAfterSeconds: 0 },
    ])
  })

  itIfServerHas(
    'ttlIndex',
    'leaves an index of others that does the same by another name',
    async () => {
      const connection = await connect()
      const collection = uniqueName()
      const settings = { expireAfterSeconds: 0, name: 'made by hand' }
      await connection.collection(collection).createIndex({ expires: 1 }, settings)
      const store = newStore({ connection, collection, createIndexes: false })
      await store.ready()
      expect(await store.model.diffIndexes()).toEqual(NOTHING)
    },
  )

  it('leaves an index on the expiry to a plugin that declares one', async () => {
    const connection = await connect()
    connection.plugin((schema) => void schema.index({ expires: 1 }, { name: 'by plugin' }))
    const store = await newStore({ connection, removeInterval: 5 }).ready()
    expect(await store.model.diffIndexes()).toEqual(NOTHING)
    await store.set('old', sessionData({}, -60_000))
    while (await store.model.countDocuments()) await new Promise(setImmediate)
  })
})

describe('stores on one collection that do not differ', () => {
  const open = async (connection: Connection, collection: string, options: Options[]) => {
    const stores = options.map((each) => newStore({ connection, collection, ...each }))
    for (const store of stores) store.on('warning', () => {})
    for (const store of stores) await store.ready()
    return stores
  }

  itIfServerHas(
    'ttlIndex',
    'by what their records are share a model, and the indexes of both',
    async () => {
      const connection = await newConnection()
      for (const options of [
        [{ autoRemove: 'disabled' }, {}],
        [{}, { autoRemove: 'disabled' }],
      ]) {
        const [first, second] = await open(connection, uniqueName(), options as Options[])
        expect(first!.model).toBe(second!.model)
        expect(await indexesOf(second!)).toMatchObject([{}, { expireAfterSeconds: 0 }])
        expect(await second!.model.diffIndexes()).toEqual(NOTHING)
      }
    },
  )

  itIfServerHas('ttlIndex', 'share one model that is handed over, and its indexes', async () => {
    const connection = await newConnection()
    const [first] = await open(connection, uniqueName(), [{ autoRemove: 'disabled' }])
    const second = await newStore({ model: first!.model }).ready()
    expect(await indexesOf(second)).toMatchObject([{}, { expireAfterSeconds: 0 }])
    expect(await second.model.diffIndexes()).toEqual(NOTHING)
  })

  itIfServerHas(
    'indexConflicts',
    'of which the server and the store remove keep the one that was first',
    async () => {
      const connection = await newConnection()
      const [first, second] = await open(connection, uniqueName(), [{}, { autoRemove: 'interval' }])
      for (const store of [first!, second!])
        expect(await store.model.diffIndexes()).toEqual(NOTHING)
    },
  )
})

describe('a server that refuses expireAfterSeconds', () => {
  const refusal = { code: 238, codeName: 'NotImplemented', errmsg: 'x' }

  it('is asked for a plain index in its place, and then for nothing more', async () => {
    const proxy = closedLater(await faultyProxy())
    const connection = closedLater(await mongoose.createConnection(proxy.uri).asPromise())
    const collection = uniqueName()
    proxy.once.createIndexes = refusal
    const warnings: Error[] = []
    const store = newStore({ connection, collection, removeInterval: 5 })
    store.on('warning', (warning) => warnings.push(warning))
    await store.ready()
    const other = newStore({ connection, collection, ...{ autoRemove: 'interval' } })
    await other.ready()
    expect(await indexesOf(store)).toMatchObject([
      { name: '_id_' },
      { name: 'expires_1', key: { expires: 1 } },
    ])
    expect(await store.model.diffIndexes()).toEqual(NOTHING)
    await connection.syncIndexes()
    expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
    expect(warnings[0]!.message).toMatch(/The store removes expired sessions/)
    await store.set('old', sessionData({}, -60_000))
    while (await store.model.countDocuments()) await new Promise(setImmediate)
  })

  it('has syncIndexes say so, where it refuses every index', async () => {
    const proxy = closedLater(await faultyProxy({ createIndexes: refusal }))
    const connection = closedLater(await mongoose.createConnection(proxy.uri).asPromise())
    const store = newStore({ connection })
    store.on('warning', () => {})
    await store.ready()
    expect(await store.model.diffIndexes()).toEqual({ toDrop: [], toCreate: [{ expires: 1 }] })
    await expect(connection.syncIndexes()).rejects.toThrow()
  })
})
