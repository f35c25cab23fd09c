/** Neither credentials nor session data appear in anything that an app could log. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Schema } from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import { nodeProcess } from '../support/node-process'
import { CHANNELS } from '../support/operations'
import { loggedForms, quotingServer, SECRET } from '../support/secrets'
import {
  closedLater,
  type MongoDBStore,
  newConnection,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

/** All that was told while the test ran. */
let told: unknown[] = []
const tell = (...said: unknown[]) => void told.push(...said)

beforeEach(() => {
  told = []
  nodeProcess.on('warning', tell)
  for (const channel of CHANNELS) subscribe(channel, tell)
  for (const method of ['log', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation(tell)
  }
})

afterEach(() => {
  jest.restoreAllMocks()
  for (const channel of CHANNELS) unsubscribe(channel, tell)
  nodeProcess.off('warning', tell)
})

const data = (more: object = {}) => sessionData({ token: SECRET, user: SECRET, ...more })

/** Each method with session data; what it rejects with. */
async function everyError(store: MongoDBStore): Promise<Error[]> {
  const reads = async () => {
    for await (const each of store.sessions({ 'session.token': SECRET })) tell(each.id)
  }
  const outcomes = await Promise.allSettled([
    store.get('a'),
    store.get('b'),
    store.set('c', data()),
    store.set('d', data()),
    store.touch('e', data()),
    store.destroy('f'),
    store.all(),
    store.length(),
    reads(),
    store.destroyMany({ 'session.token': SECRET }),
    store.clear(),
    store.recomputeFields(),
  ])
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
}

function listen(store: MongoDBStore): void {
  store.on('error', tell)
  store.on('warning', tell)
}

function expectSilence(store: MongoDBStore, errors: readonly unknown[]): void {
  for (const each of [store, store.options, ...errors, ...told]) {
    expect(loggedForms(each)).not.toContain(SECRET)
  }
}

describe('of the connection', () => {
  const options: [string, Options][] = [
    [
      'the uri, of a server that is away',
      { uri: `mongodb://${SECRET}:${SECRET}@127.0.0.1:9/test` },
    ],
    ['the uri, of a host that is not there', { uri: `mongodb://a:${SECRET}@nowhere.invalid/test` }],
    ['the uri, of a server that knows no such user', { uri: '' }],
    [
      'the options',
      {
        connectionOptions: { auth: { username: 'a', password: SECRET } },
        uri: 'mongodb://127.0.0.1:9/test',
      },
    ],
  ]

  it.each(options)('the password in %s', async (_name, { uri, connectionOptions }) => {
    const proxy = closedLater(
      await faultyProxy({
        saslStart: { code: 18, codeName: 'AuthenticationFailed', errmsg: SECRET },
      }),
    )
    const withUser = new URL(proxy.uri)
    Object.assign(withUser, { username: 'a', password: SECRET })
    const store = newStore({
      uri: uri || withUser.href,
      connectionOptions: { ...connectionOptions, serverSelectionTimeoutMS: 50 },
    })
    listen(store)
    await next(store, 'error')
    const errors = await everyError(store)
    expect(errors.length).toBeGreaterThan(10)
    expectSilence(store, errors)
  })

  it('the secrets of the encryption', async () => {
    const store = newStore({ encryption: { secrets: [SECRET.repeat(4), SECRET.repeat(5)] } })
    listen(store)
    await store.collection.insertOne({ _id: 'a' as never, session: Buffer.from(SECRET) })
    await store.collection.insertOne({ _id: 'b' as never, session: { token: SECRET } })
    await expect(store.get('a')).rejects.toThrow()
    await expect(store.get('b')).rejects.toThrow()
    expect(await store.all()).toEqual([])
    await new Promise(setImmediate)
    expect(told.length).toBeGreaterThan(3)
    expectSilence(store, [])
  })
})

describe('of sessions', () => {
  it.each<[string, Options]>([
    ['batched', {}],
    ['not batched', { batch: false }],
    ['whole', { writes: 'replace' }],
    ['with an interval', { autoRemove: 'interval', removeInterval: 1 }],
  ])('what a server quotes when it refuses, %s', async (_name, options) => {
    const proxy = await quotingServer()
    const store = newStore({
      uri: proxy.uri,
      schema: { user: { type: String, index: true } },
      ...options,
    })
    listen(store)
    await next(store, 'warning')
    const errors = await everyError(store)
    expect(errors).toHaveLength(12)
    expectSilence(store, errors)
  })

  it('what a middleware, a validator or a cast of the app quotes', async () => {
    const connection = await newConnection()
    const failing = () => {
      throw Object.assign(new Error(SECRET), { name: 'ValidationError', value: SECRET })
    }
    const validate = { validator: () => false, message: SECRET }
    const schema = new Schema(
      { _id: String, session: { type: {}, validate }, expires: Date, age: Number },
      { collection: uniqueName() },
    )
    schema.pre(
      ['find', 'findOne', 'updateOne', 'deleteOne', 'deleteMany', 'countDocuments'],
      failing,
    )
    const store = newStore({ model: connection.model(uniqueName(), schema) as never })
    listen(store)
    const errors = await everyError(store)
    expect(errors).toHaveLength(12)
    const cast = await store.destroyMany({ age: SECRET } as never).catch((error: unknown) => error)
    expect(cast).toMatchObject({ code: 'ERR_MONGODB_STORE_DESTROY_MANY' })
    expectSilence(store, [...errors, cast])
  })

  it.each<[string, () => unknown]>([
    ['an error', () => new Error(SECRET)],
    ['a text', () => SECRET],
    [
      'the session',
      () => ({ name: SECRET, message: SECRET, code: 1, codeName: SECRET, token: SECRET }),
    ],
    [
      'an error that throws',
      () =>
        Object.defineProperty({}, 'name', {
          get: () => {
            throw new Error(SECRET)
          },
        }),
    ],
  ])('what a codec, `expires` or `fields` throws: %s', async (_name, thrown) => {
    const failing = () => {
      throw thrown()
    }
    const asIs = (value: unknown) => value
    const stores = [
      newStore({ codec: { encode: failing, decode: asIs } }),
      newStore({ codec: { encode: asIs, decode: failing } }),
      newStore({ codec: { encode: async () => failing(), decode: asIs } }),
      newStore({ codec: { encode: asIs, decode: async () => failing() } }),
      newStore({ expires: failing }),
      newStore({ schema: { user: String }, fields: failing }),
    ]
    for (const store of stores) {
      listen(store)
      await store.collection.insertOne({ _id: 'a' as never, session: { token: SECRET } })
      const calls = [
        store.get('a'),
        store.set('b', { cookie: {}, token: SECRET } as never),
        store.all(),
      ]
      const outcomes = await Promise.allSettled(calls)
      const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      expect(errors.length).toBeGreaterThan(0)
      for (const error of errors) expect(error).toMatchObject({ name: 'MongoDBStoreError' })
      await new Promise(setImmediate)
      expectSilence(store, errors)
    }
  })
})
