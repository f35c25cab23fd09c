/** Indexes that are left to others (`createIndexes: false`): the store looks, and sees to what is missing. */
import mongoose from 'mongoose'
import { type Faults, faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

const PAST = -60_000

/** A store that has started, on a collection with this index on `expires`. */
async function started(index: object | undefined, options: Options = {}, faults: Faults = {}) {
  const collection = uniqueName()
  const admin = await newConnection()
  if (index) await admin.collection(collection).createIndex({ expires: 1 }, index)
  const proxy = closedLater(await faultyProxy(faults))
  const store = newStore({
    uri: proxy.uri,
    collection,
    createIndexes: false,
    removeInterval: 5,
    ...options,
  })
  const warnings: Error[] = []
  store.on('warning', (warning) => warnings.push(warning))
  await store.ready()
  await new Promise(setImmediate)
  return { store, warnings, proxy }
}

const isGone = async (store: MongoDBStore) => {
  await store.set('old', sessionData({}, PAST))
  while (await store.model.countDocuments()) await new Promise(setImmediate)
}

/** Long enough for many removals. */
const staysFor = async (store: MongoDBStore) => {
  await store.set('old', sessionData({}, PAST))
  for (let i = 0; i < 50; i++) await store.model.countDocuments()
  expect(await store.model.countDocuments()).toBe(1)
}

itIfServerHas('ttlIndex', 'a TTL index that is there is the one that removes', async () => {
  const { store, warnings, proxy } = await started({ expireAfterSeconds: 1e9 })
  await staysFor(store)
  expect(warnings).toEqual([])
  expect(proxy.commands).not.toContain('delete')
  expect(proxy.commands).not.toContain('createIndexes')
})

it.each([
  ['no index', undefined],
  ['an index without a TTL', {}],
  [
    'a TTL index of some records only',
    { expireAfterSeconds: 1e9, partialFilterExpression: { userId: { $exists: true } } },
  ],
])('where there is %s, the store removes, and says so', async (_name, index) => {
  const { store, warnings, proxy } = await started(index)
  await isGone(store)
  expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
  expect(warnings[0]!.message).toMatch(/^Missing index, on \{ expires: 1 \} .*The store removes/)
  expect(proxy.commands).not.toContain('createIndexes')
})

it('where the store removes, it leaves a record for as long as it was told', async () => {
  const { store } = await started(undefined, { expiresAfterSeconds: 90 })
  await store.set('kept', sessionData({}, PAST))
  await store.set('old', sessionData({}, 2 * PAST))
  while (await store.model.exists({ _id: 'old' })) await new Promise(setImmediate)
  for (let i = 0; i < 50; i++) expect(await store.model.exists({ _id: 'kept' })).not.toBeNull()
})

it('where the store may not look, it says what it takes for granted', async () => {
  const listIndexes = { code: 13, codeName: 'Unauthorized', errmsg: 'x' }
  const { store, warnings, proxy } = await started(undefined, {}, { listIndexes })
  await staysFor(store)
  expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
  expect(warnings[0]!.message).toMatch(
    /^Error reading indexes: Unauthorized \(code 13\), on \{ expires: 1 \} .*The server removes/,
  )
  expect(proxy.commands).not.toContain('delete')
})

it('a look that is cut short is taken again', async () => {
  const proxy = closedLater(await faultyProxy({}))
  for (const name of ['lose', 'reset'] as const) {
    proxy.once.listIndexes = name
    const store = newStore({ uri: proxy.uri, createIndexes: false, removeInterval: 5 })
    const warnings: Error[] = []
    store.on('warning', (warning) => warnings.push(warning))
    // A write beside the look that is cut short would be cut short as well
    await next(store, 'warning')
    await isGone(store)
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/^Missing index, /) }])
    await store.close()
  }
})

it.each<[string, Options]>([
  ['where the store is to remove', { autoRemove: 'interval' }],
  ['where nobody is to', { autoRemove: 'disabled' }],
])('nothing is looked for %s', async (_name, options) => {
  const { warnings, proxy } = await started(undefined, options)
  expect(warnings).toEqual([])
  expect(proxy.commands).not.toContain('listIndexes')
})

it("of an app's model that declares none, one that is missing has the store remove", async () => {
  const connection = await newConnection()
  const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
  const model = connection.model('Visit', schema, uniqueName())
  const store = newStore({ model, createIndexes: false, removeInterval: 5 })
  const warnings: Error[] = []
  store.on('warning', (warning) => warnings.push(warning))
  await store.ready()
  await isGone(store)
  expect(warnings).toMatchObject([{ code: 'ERR_MONGODB_STORE_INDEX' }])
})

it.each<[Options]>([
  [{ createIndexes: true }],
  [{ createIndexes: true, autoRemove: 'interval' }],
  [{ createIndexes: false }],
  [{ createIndexes: false, autoRemove: 'interval' }],
])('on a server that refuses a TTL index the store removes by %j', async (options) => {
  const createIndexes = { code: 238, codeName: 'NotImplemented', errmsg: 'x' }
  const { store } = await started(undefined, options, { createIndexes })
  await isGone(store)
})
