/** Many stores on one connection of the app's: what each adds to it, and what it leaves behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import mongoose from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  uniqueName,
  uri,
} from '../support/server'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MANY = 25

/** Makes stores that nobody holds. */
const abandoned = async (connection: mongoose.Connection, options = {}) => {
  const collection = uniqueName()
  const references: WeakRef<MongoDBStore>[] = []
  for (let i = 0; i < MANY; i++) {
    const store = new MongoDBStore({ connection, collection, ...options })
    await store.ready()
    await store.get('nobody')
    references.push(new WeakRef(store))
  }
  return references
}

const alive = async (references: readonly WeakRef<MongoDBStore>[]) => {
  // A reference is kept for the turn in which it was made or looked at
  for (let i = 0; i < 5; i++) {
    await new Promise(setImmediate)
    collectGarbage()
  }
  return references.filter((reference) => reference.deref()).length
}

const listeners = (connection: mongoose.Connection) =>
  connection.eventNames().reduce((sum, event) => sum + connection.listenerCount(event), 0)

it('are one listener to it, for each event', async () => {
  const connection = await newConnection()
  newStore({ connection })
  const one = listeners(connection)
  for (let i = 1; i < MANY; i++) newStore({ connection })
  expect(listeners(connection)).toBe(one)
})

it('may wait for it to be opened, and are one listener to it then, too', async () => {
  const connection = closedLater(mongoose.createConnection())
  newStore({ connection })
  await new Promise(setImmediate)
  const one = listeners(connection)
  const stores = Array.from({ length: MANY }, () => newStore({ connection }))
  await new Promise(setImmediate)
  expect(listeners(connection)).toBe(one)
  await connection.openUri(uri)
  await Promise.all(stores.map((store) => store.ready()))
  expect(await stores.at(-1)!.length()).toBe(0)
})

it('each tell of what happens to it', async () => {
  const connection = await newConnection()
  const stores = Array.from({ length: MANY }, () => newStore({ connection }))
  const told: number[] = []
  for (const [i, store] of stores.entries()) store.on('disconnected', () => told.push(i))
  await stores[0]!.close()
  await connection.close()
  expect(told).toEqual(stores.map((_, i) => i).slice(1))
})

it('that come one after the other are one listener to it, too', async () => {
  const connection = await newConnection()
  await newStore({ connection }).close()
  const one = listeners(connection)
  for (let i = 1; i < 3; i++) await newStore({ connection }).close()
  expect(listeners(connection)).toBe(one)
})

it.each([
  ['as it is by itself', {}],
  ['that removes what has expired', { autoRemove: 'interval', removeInterval: 60_000 }],
])('are not kept alive by it where nobody holds them: a store %s', async (_name, options) => {
  const connection = await newConnection()
  const references = await abandoned(connection, options)
  // The last may still be in a register or on the stack
  expect(await alive(references)).toBeLessThanOrEqual(1)
})

it('go on removing what has expired for as long as somebody holds them', async () => {
  const store = newStore({
    connection: await newConnection(),
    autoRemove: 'interval',
    removeInterval: 5,
  })
  await store.ready()
  const _id = uniqueName()
  for (let i = 0; i < 2; i++) {
    await store.model.create({ _id, session: {}, expires: new Date(0) })
    while (await store.model.exists({ _id })) collectGarbage()
  }
  await store.close()
})
