/** Mongoose throws where it is asked, before anything is sent: an error of the operation, and of no one else. */
import mongoose, { type Connection } from 'mongoose'
import { MongoDBStoreError } from '../../src/errors'
import { closedLater, type MongoDBStore, newStore, sessionData, uri } from '../support/server'

const SECRET = 'hunter2-token'

/** A connection of a Mongoose whose `debug` function throws while it is told to. */
async function withThrowingDebug() {
  const instance = new mongoose.Mongoose()
  const debug = { throws: false }
  instance.set('debug', () => {
    if (debug.throws) throw new Error(`the app's own logger: ${SECRET}`)
  })
  const connection = closedLater(await instance.createConnection(uri).asPromise())
  return { connection: connection as unknown as Connection, debug }
}

/** Every operation, and some of each kind at once, as a batch holds them. */
const OPERATIONS: Record<string, (store: MongoDBStore, loaded: object) => Promise<unknown>[]> = {
  get: (store) => [store.get('a')],
  'many gets': (store) => ['a', 'b', 'c'].map((sid) => store.get(sid)),
  'set of a new session': (store) => [store.set('new', sessionData())],
  'set of a loaded session': (store, loaded) => [
    store.set('a', Object.assign(loaded, { changed: 1 }) as never),
  ],
  'many sets': (store) => ['b', 'c', 'd'].map((sid) => store.set(sid, sessionData())),
  touch: (store) => [store.touch('a', sessionData({}, 120_000))],
  destroy: (store) => [store.destroy('a')],
  'many destroys': (store) => ['a', 'b', 'c'].map((sid) => store.destroy(sid)),
  'a mixture': (store) => [
    store.get('a'),
    store.get('b'),
    store.set('c', sessionData()),
    store.set('d', sessionData()),
    store.destroy('e'),
  ],
  all: (store) => [store.all()],
  length: (store) => [store.length()],
  clear: (store) => [store.clear()],
  destroyMany: (store) => [store.destroyMany({ 'session.views': 1 })],
  sessions: (store) => [listOf(store.sessions())],
  'sessions by a filter': (store) => [listOf(store.sessions({ 'session.views': 1 }))],
}

async function listOf(sessions: AsyncIterable<unknown>): Promise<unknown[]> {
  const list = []
  for await (const each of sessions) list.push(each)
  return list
}

const WAYS: Record<string, (connection: Connection) => object> = {
  batched: (connection) => ({ connection }),
  'not batched': (connection) => ({ connection, batch: false }),
  'through a model with hooks': (connection) => {
    const schema = new mongoose.Schema(
      { _id: String, session: {}, expires: Date },
      { minimize: false, versionKey: false },
    )
    schema.pre('findOne', () => {})
    return { model: connection.model('Hooked', schema) }
  },
}

describe.each(Object.keys(WAYS))('%s', (way) => {
  it.each(Object.keys(OPERATIONS))('%s: each fails with its own error', async (name) => {
    const { connection, debug } = await withThrowingDebug()
    const store = newStore((WAYS[way] as (typeof WAYS)[string])(connection))
    await store.set('a', sessionData({ views: 1 }))
    const loaded = (await store.get('a')) as object
    await store.ready()
    debug.throws = true
    const outcomes = await Promise.allSettled(OPERATIONS[name]!(store, loaded))
    debug.throws = false
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected')
      const { reason } = outcome as PromiseRejectedResult
      expect(reason).toBeInstanceOf(MongoDBStoreError)
      expect(reason.code).toMatch(/^ERR_MONGODB_STORE_(?!CLOSED)/)
      expect(reason.cause.message).toContain("the app's own logger")
      expect(reason.message).not.toContain(SECRET)
    }
    // What comes after is served, and nothing is waited for that never ends
    expect(await store.get('a')).toMatchObject({ views: 1 })
    await store.close()
  })
})

it('the operations of a batch that is refused are answered where the next try throws', async () => {
  const { connection, debug } = await withThrowingDebug()
  const store = newStore({ connection })
  await store.ready()
  // Mongoose tells it of the batch, and then of each write alone
  let told = 0
  connection.base.set('debug', (_collection: string, method: string) => {
    if (method === 'bulkWrite') throw Object.assign(new Error('refused'), { errors: [] })
    if (++told === 2) throw new Error('the second')
  })
  debug.throws = false
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c'].map((sid) => store.set(sid, sessionData())),
  )
  connection.base.set('debug', false)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

it('a callback is called once', async () => {
  const { connection, debug } = await withThrowingDebug()
  const store = newStore({ connection })
  await store.ready()
  debug.throws = true
  const calls: unknown[] = []
  await new Promise<void>((resolve) => {
    store.get('a', (error) => {
      calls.push((error as MongoDBStoreError).code)
      resolve()
    })
  })
  debug.throws = false
  await store.close()
  expect(calls).toEqual(['ERR_MONGODB_STORE_GET'])
})

it('a connection that was closed by force, and opened again, fails operations and not the process', async () => {
  const connection = closedLater(await mongoose.createConnection(uri).asPromise())
  const store = newStore({ connection })
  store.on('warning', () => {}) // of the index, which it makes again
  await store.set('a', sessionData())
  await store.ready()
  await connection.close(true)
  await connection.openUri(uri)
  for (const sids of [['a'], ['a', 'b', 'c']]) {
    const outcomes = await Promise.allSettled([
      ...sids.map((sid) => store.get(sid)),
      ...sids.map((sid) => store.destroy(sid)),
    ])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        reason: { message: expect.stringMatching(/Connection was force closed/) },
      })
    }
  }
  await store.close()
})
