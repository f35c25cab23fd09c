/** Indexes and the removal of expired sessions. */
import mongoose from 'mongoose'
import { read } from '../docs/support/pages'
import { type Faults, faultyProxy, type Refusal } from '../support/faulty-proxy'
import { nodeProcess } from '../support/node-process'
import {
  closedLater,
  expectedWarnings,
  itIfServerHas,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const PAST = -60_000

const indexesOf = async (store: MongoDBStore) =>
  Object.fromEntries(
    (await store.collection.indexes()).map(({ name, key, expireAfterSeconds, unique }) => [
      name,
      { key, expireAfterSeconds, unique },
    ]),
  )

describe('the indexes that are made', () => {
  itIfServerHas('ttlIndex', 'are one with a TTL of 0 s by default', async () => {
    const indexes = await indexesOf(await newStore().ready())
    expect(indexes).toMatchObject({ expires_1: { key: { expires: 1 }, expireAfterSeconds: 0 } })
    expect(Object.keys(indexes)).toHaveLength(2)
  })

  itIfServerHas('ttlIndex', 'follow expiresKey and expiresAfterSeconds', async () => {
    const store = await newStore({ expiresKey: 'endsAt', expiresAfterSeconds: '60' }).ready()
    expect(await indexesOf(store)).toMatchObject({
      endsAt_1: { key: { endsAt: 1 }, expireAfterSeconds: 60 },
    })
  })

  it('include a unique one on a custom idField', async () => {
    const store = await newStore({ idField: 'sid' }).ready()
    expect(await indexesOf(store)).toMatchObject({ sid_1: { key: { sid: 1 }, unique: true } })
  })

  it('have no TTL where the store removes by itself', async () => {
    const { expires_1 } = await indexesOf(await newStore({ autoRemove: 'interval' }).ready())
    expect(expires_1).toMatchObject({ key: { expires: 1 } })
    expect(expires_1!.expireAfterSeconds).toBeUndefined()
  })

  it('are none where nothing is removed, and none with createIndexes: false', async () => {
    for (const options of [{ autoRemove: 'disabled' }, { createIndexes: false }] as Options[]) {
      const store = newStore(options)
      store.on('warning', () => {})
      await store.ready()
      await store.set('a', sessionData())
      expect(Object.keys(await indexesOf(store))).toEqual(['_id_'])
    }
  })

  it("leave those to the app that the app's schema declares", async () => {
    const { store } = await storeOfApp({ expires: 60 })
    await store.ready()
    await store.set('a', sessionData())
    expect(Object.keys(await indexesOf(store))).toEqual(['_id_'])
  })
})

describe("a TTL index that the app's schema declares", () => {
  it('and nobody has made is a warning, and the store removes what has expired', async () => {
    const { store, warnings } = await storeOfApp({ expires: 0 }, { removeInterval: 20 })
    await store.set('old', sessionData({}, PAST))
    await gone(store)
    expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
    expect(warnings[0]!.message).toMatch(/^Missing index, on \{ expires: 1 \} .*The store removes/)
  })

  it('and nobody has made leaves a record for as long as it says', async () => {
    const { store } = await storeOfApp({ expires: 90 }, { removeInterval: 20 })
    await store.set('kept', sessionData({}, PAST))
    await store.set('old', sessionData({}, PAST * 2))
    await gone(store, 1)
    expect(await store.model.countDocuments({ _id: 'kept' })).toBe(1)
  })

  it('and is there without its TTL is a warning', async () => {
    const { store, warnings } = await storeOfApp(
      { expires: 0 },
      {},
      { faults: { listIndexes: listed({ key: { expires: 1 }, name: 'expires_1' }) } },
    )
    await told(store)
    expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
  })

  itIfServerHas('ttlIndex', 'and Mongoose makes meanwhile is no warning', async () => {
    const { store, warnings, proxy } = await storeOfApp(
      { expires: 0 },
      { removeInterval: 5 },
      { faults: { createIndexes: 'delay' }, autoIndex: true },
    )
    await told(store)
    expect(warnings).toEqual([])
    expect(proxy.commands.filter((name) => name === 'createIndexes')).toHaveLength(1)
    for (let i = 0; i < 20; i++) await store.length()
    expect(proxy.commands).not.toContain('delete')
  })

  it('and the server does not tell of is taken to be there, with a warning', async () => {
    const listIndexes = { code: 13, codeName: 'Unauthorized', errmsg: 'x' }
    const { store, warnings } = await storeOfApp({ expires: 0 }, {}, { faults: { listIndexes } })
    await told(store)
    expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
    expect(warnings[0]!.message).toMatch(
      /^Error reading indexes: Unauthorized .*The server removes/,
    )
  })

  it.each([
    [26, 'NamespaceNotFound'],
    [27, 'IndexNotFound'],
  ])('is not there, where there is no collection yet (%i)', async (code, codeName) => {
    const listIndexes = { code, codeName, errmsg: 'x' }
    const { store, warnings } = await storeOfApp({ expires: 0 }, {}, { faults: { listIndexes } })
    await told(store)
    expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
  })

  it('is not asked for, where the server is not to remove anything', async () => {
    for (const options of [{ autoRemove: 'interval' }, { autoRemove: 'disabled' }] as Options[]) {
      const { store, warnings, proxy } = await storeOfApp({ expires: 0 }, options)
      await told(store)
      expect(warnings).toEqual([])
      expect(proxy.commands).not.toContain('listIndexes')
    }
  })
})

describe('an index that the server refuses', () => {
  const refusals: Refusal[] = [
    { code: 85, codeName: 'IndexOptionsConflict', errmsg: 'x' },
    { code: 86, codeName: 'IndexKeySpecsConflict', errmsg: 'x' },
    { code: 13, codeName: 'Unauthorized', errmsg: 'x' },
    { code: 238, codeName: 'NotImplemented', errmsg: 'x' },
  ]

  it.each(refusals)(
    '($codeName) is a warning that says where the remedies stand',
    async (refusal) => {
      const proxy = closedLater(await faultyProxy({ createIndexes: refusal }))
      const store = newStore({ uri: proxy.uri })
      const errors: unknown[] = []
      store.on('error', (error) => errors.push(error))
      const warning = await next<Error>(store, 'warning')
      expect(warning).toMatchObject({ code: 'ERR_MONGODB_STORE_INDEX' })
      const { code, codeName } = refusal as { code: number; codeName: string }
      expect(warning.message).toBe(
        `Error creating index: ${codeName} (code ${code}), on { expires: 1 } of ${store.options.collection}. ` +
          'Sessions work without it. The store removes expired sessions. ' +
          'What to do: "Missing indexes" in docs/scaling.md',
      )
      expect(read('docs/scaling.md')).toContain('### Missing indexes')
      await store.ready()
      await store.set('a', sessionData({ views: 1 }))
      expect(await store.get('a')).toMatchObject({ views: 1 })
      expect(errors).toEqual([])
    },
  )

  it("for no TTL on a field of the app's promises no removal by the store", async () => {
    const createIndexes = { code: 238, codeName: 'NotImplemented', errmsg: 'x' }
    const proxy = closedLater(await faultyProxy({ createIndexes }))
    const schema = { seen: { type: Date, expires: 60 } }
    const store = newStore({ uri: proxy.uri, autoRemove: 'disabled', schema })
    const { message } = await next<Error>(store, 'warning')
    expect(message).toMatch(/NotImplemented \(code 238\), on \{ seen: 1 \}/)
    expect(message).not.toMatch(/removes expired sessions/)
    expect(proxy.commands.filter((name) => name === 'createIndexes')).toHaveLength(1)
  })

  it('is a warning of the process where nobody listens to it', async () => {
    const [refusal] = refusals as [Refusal]
    const proxy = closedLater(await faultyProxy({ createIndexes: refusal }))
    await newStore({ uri: proxy.uri }).ready()
    expect(await expectedWarnings('ERR_MONGODB_STORE_INDEX')).toMatchObject([
      { message: expect.stringMatching(/^Error creating index/) },
    ])
  })

  it('leaves the removal to the store, where the server has no TTL index', async () => {
    const refusal = { code: 238, codeName: 'NotImplemented', errmsg: 'x' }
    const proxy = closedLater(await faultyProxy({ createIndexes: refusal }))
    const store = newStore({ uri: proxy.uri, removeInterval: 20 })
    store.on('warning', () => {})
    await store.set('a', sessionData({}, PAST))
    await gone(store)
    expect(proxy.commands).toContain('delete')
  })

  itIfServerHas(
    'ttlIndex',
    'leaves the removal to the server, where another TTL index is there',
    async () => {
      const collection = uniqueName()
      const admin = await newConnection()
      await admin.collection(collection).createIndex({ expires: 1 }, { expireAfterSeconds: 3600 })
      const refusal = { code: 85, codeName: 'IndexOptionsConflict', errmsg: 'x' }
      const proxy = closedLater(await faultyProxy({ createIndexes: refusal }))
      const store = newStore({ uri: proxy.uri, collection, removeInterval: 5 })
      store.on('warning', () => {})
      await store.ready()
      await store.set('a', sessionData({}, PAST))
      for (let i = 0; i < 20; i++) await store.length()
      expect(proxy.commands).not.toContain('delete')
    },
  )
})

itIfServerHas('ttlIndex', 'an index holds up no request while it is made', async () => {
  const options = { monitorCommands: true }
  const connection = closedLater(await mongoose.createConnection(uri, options).asPromise())
  const client = connection.getClient()
  // Two sockets, so that neither command waits for one
  await Promise.all([1, 2].map(() => client.db().command({ ping: 1 })))
  const order: string[] = []
  client.on('commandStarted', ({ commandName }) => order.push(`${commandName} is sent`))
  client.on('commandSucceeded', ({ commandName }) => order.push(`${commandName} is answered`))
  const store = newStore({ connection, batch: false })
  await Promise.all([store.get('a'), store.ready()])
  const [sent, made] = ['find is sent', 'createIndexes is answered']
  expect(order).toEqual(expect.arrayContaining([sent, made]))
  expect(order.indexOf(sent)).toBeLessThan(order.indexOf(made))
})

itIfServerHas('indexConflicts', 'a conflict on a real server is a warning', async () => {
  const collection = uniqueName()
  const admin = await newConnection()
  await admin.collection(collection).createIndex({ expires: 1 }, { expireAfterSeconds: 3600 })
  const store = newStore({ collection })
  expect(await next<Error>(store, 'warning')).toMatchObject({ code: 'ERR_MONGODB_STORE_INDEX' })
  await store.set('a', sessionData({ views: 1 }))
  expect(await store.get('a')).toMatchObject({ views: 1 })
})

describe('removal by interval', () => {
  it('removes what has expired, and nothing else', async () => {
    const store = newStore({ autoRemove: 'interval', removeInterval: 20 })
    await store.set('old', sessionData({}, PAST))
    await store.set('new', sessionData())
    await gone(store, 1)
    expect(await store.get('new')).not.toBeNull()
  })

  it('keeps a record for expiresAfterSeconds, without serving it', async () => {
    const options = { removeInterval: 20, expiresAfterSeconds: 90 }
    const store = newStore({ autoRemove: 'interval', ...options })
    await store.set('kept', sessionData({}, PAST))
    await store.set('old', sessionData({}, PAST * 2))
    await gone(store, 1)
    expect(await store.get('kept')).toBeNull()
    expect(await store.model.countDocuments({ _id: 'kept' })).toBe(1)
  })

  it('by the longest interval is not due at once, whatever its jitter is', async () => {
    const connection = await newConnection()
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    nodeProcess.on('warning', onWarning)
    // Half of the jitters make an interval longer
    const options: Options = { connection, autoRemove: 'interval', removeInterval: 2 ** 31 - 1 }
    await Promise.all(Array.from({ length: 10 }, () => newStore(options).ready()))
    await new Promise((resolve) => setTimeout(resolve, 20))
    nodeProcess.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it('that fails is a warning, and is tried again', async () => {
    const refusals = { delete: { code: 13, codeName: 'Unauthorized', errmsg: 'x' } }
    const proxy = closedLater(await faultyProxy(refusals))
    const store = newStore({ uri: proxy.uri, autoRemove: 'interval', removeInterval: 20 })
    await store.set('old', sessionData({}, PAST))
    expect(await next<Error>(store, 'warning')).toMatchObject({ code: 'ERR_MONGODB_STORE_REMOVAL' })
    delete (refusals as Partial<typeof refusals>).delete
    await gone(store)
  })
})

/** A store on a model of the app's with this index on `expires`, which nobody makes without `autoIndex`. */
async function storeOfApp(
  index: object,
  options: Options = {},
  { faults = {}, autoIndex = false }: { faults?: Faults; autoIndex?: boolean } = {},
) {
  const proxy = closedLater(await faultyProxy(faults))
  const connection = closedLater(await mongoose.createConnection(proxy.uri).asPromise())
  const schema = new mongoose.Schema(
    { _id: String, session: {}, expires: { type: Date, index } },
    { autoIndex, autoCreate: false, collection: uniqueName() },
  )
  const store = newStore({ model: connection.model('Visit', schema), ...options })
  const warnings: Error[] = []
  store.on('warning', (warning) => warnings.push(warning))
  return { store, warnings, proxy }
}

/** Resolves once the store has told what it has to tell of its start. */
async function told(store: MongoDBStore): Promise<void> {
  await store.ready()
  await new Promise(setImmediate)
}

/** A server's reply to listIndexes. */
function listed(...indexes: object[]) {
  const byId = { v: 2, key: { _id: 1 }, name: '_id_' }
  const cursor = { id: mongoose.mongo.Long.ZERO, ns: 'x.y', firstBatch: [byId, ...indexes] }
  return { ok: 1, cursor }
}

/** Resolves once the collection holds no more than `count` records. */
async function gone(store: MongoDBStore, count = 0): Promise<void> {
  while ((await store.model.countDocuments()) > count) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
