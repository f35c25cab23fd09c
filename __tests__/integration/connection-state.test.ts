/** Connections that are lost, closed or opened again while stores use them. */
import mongoose from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { LIMITS } from '../support/wire-faults'

afterEach(() => mongoose.disconnect())

/** A connection that has lost its server. */
async function lost(connection: mongoose.Connection) {
  const proxy = closedLater(await faultyProxy())
  await connection.openUri(proxy.uri, LIMITS)
  const isLost = next(connection, 'disconnected')
  await proxy.refuse()
  await isLost
  return proxy
}

it("the app's default connection is used, also if it has lost its server", async () => {
  const proxy = await lost(mongoose.connection)
  const store = closedLater(new MongoDBStore({ collection: uniqueName() }, () => {}))
  expect(store.connection).toBe(mongoose.connection)
  await proxy.restore()
})

it('a default connection that is opened elsewhere after the store is told by a warning', async () => {
  const store = closedLater(new MongoDBStore({}, () => {}))
  const warning = next<Error>(store, 'warning')
  await mongoose.connect(uri, { dbName: 'elsewhere' })
  expect(await warning).toMatchObject({
    code: 'ERR_MONGODB_STORE_CONNECTION_OPTIONS',
    message: expect.stringContaining('`connection: mongoose.connection`'),
  })
})

it('a store is connected, and ready, only when a server has answered', async () => {
  const connection = closedLater(mongoose.createConnection())
  const proxy = await lost(connection)
  const store = closedLater(new MongoDBStore({ connection, collection: uniqueName() }, () => {}))
  let isConnected = false
  const connected = next(store, 'connected').then(() => {
    isConnected = true
  })
  await expect(store.ready()).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CONNECT' })
  expect(isConnected).toBe(false)
  await proxy.restore()
  await connected
})

it('a connection that the app opens again, to another database, is connected again and has its indexes there', async () => {
  const connection = await newConnection()
  const store = await new MongoDBStore({ connection, collection: uniqueName() }).ready()
  await connection.close()
  const connected = next(store, 'connected')
  await connection.openUri(uri, { dbName: uniqueName('db') })
  await connected
  const indexes = await store.collection.indexes()
  expect(indexes.map(({ key }) => key)).toEqual([{ _id: 1 }, { expires: 1 }])
  await connection.db?.dropDatabase().catch(() => store.clear())
})

it('an own connection that `mongoose.disconnect()` has closed is opened by the next operation', async () => {
  const store = await newStore({ uri }).ready()
  await mongoose.disconnect()
  await store.set('a', sessionData({ views: 1 }))
  expect(await store.get('a')).toMatchObject({ views: 1 })
})
