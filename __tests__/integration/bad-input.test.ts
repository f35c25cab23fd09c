/** What the store makes of what it cannot store or read. */
import { inspect } from 'node:util'
import type { Callback } from '../../src/operations/operations'
import { newConnection, newStore, next, sessionData } from '../support/server'

const SECRET = 'hunter2-token'

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )

describe('a sid that is not a non-empty string', () => {
  const sids: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 1],
    ['an operator', { $ne: null }],
    ['a list', ['a']],
    ['a symbol', Symbol('a')],
    ['an object with a toString', { toString: () => 'a' }],
    [
      'an object whose toString throws',
      {
        toString: () => {
          throw new Error('no')
        },
      },
    ], // prettier-ignore
  ]

  it.each(sids)('fails before it reaches a query: %s', async (_name, sid) => {
    const store = newStore()
    await store.set('a', sessionData())
    for (const operation of [
      store.get(sid as string),
      store.set(sid as string, sessionData()),
      store.touch(sid as string, sessionData()),
      store.destroy(sid as string),
    ]) {
      expect(await code(operation)).toBe('ERR_MONGODB_STORE_SID')
    }
    expect(await store.length()).toBe(1)
  })

  it('is an error of the callback too, in nextTick', async () => {
    const store = newStore()
    let hasReturned = false
    const error = await new Promise<unknown>((resolve) => {
      store.get(undefined as never, (error) => resolve(hasReturned && error))
      hasReturned = true
    })
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_SID' })
  })
})

describe('a session that cannot be stored', () => {
  const circular: Record<string, unknown> = { token: SECRET }
  circular.self = circular
  const deep = () => {
    let value: unknown = SECRET
    for (let i = 0; i < 200; i++) value = { value }
    return value
  }
  const sessions: [string, unknown, string][] = [
    ['null', null, 'ERR_MONGODB_STORE_SESSION'],
    ['text', SECRET, 'ERR_MONGODB_STORE_SESSION'],
    ['a list', [SECRET], 'ERR_MONGODB_STORE_SESSION'],
    ['circular', sessionData({ circular }), 'ERR_MONGODB_STORE_SESSION'],
    ['with a BigInt', sessionData({ nested: [{ id: 1n }], SECRET }), 'ERR_MONGODB_STORE_SESSION'],
    ['200 levels deep', sessionData({ deep: deep() }), 'ERR_MONGODB_STORE_SESSION'],
    ['with NUL in a key', sessionData({ ['a\0b']: SECRET }), 'ERR_MONGODB_STORE_SESSION'],
    ['that plays BSON', sessionData({ a: { _bsontype: 'Code' } }), 'ERR_MONGODB_STORE_SESSION'],
    ['over 16 MiB', sessionData({ a: SECRET.repeat(1_400_000) }), 'ERR_MONGODB_STORE_SESSION_SIZE'],
    [
      'over 16 MiB in UTF-8',
      sessionData({ a: '世'.repeat(6_000_000) }),
      'ERR_MONGODB_STORE_SESSION_SIZE',
    ],
  ]

  it.each(sessions)('%s: says so, stores nothing and quotes nothing', async (_n, session, code) => {
    const store = newStore()
    const error = await store.set('a', session as never).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(/^Error setting [\da-f]{16}: /),
    })
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    expect(await store.length()).toBe(0)
  })

  it.each(sessions.slice(3))('%s: leaves what is stored as it is', async (_n, session, code) => {
    const store = newStore()
    await store.set('a', sessionData({ views: 1, token: 'old' }))
    const loaded = (await store.get('a'))!
    Object.assign(loaded, session, { views: 2 })
    await expect(store.set('a', loaded)).rejects.toMatchObject({ code })
    expect(await store.get('a')).toMatchObject({ views: 1, token: 'old' })
  })
})

describe('a record that is not a session', () => {
  const records: [string, object][] = [
    ['without the session', {}],
    ['with null', { session: null }],
    ['with a number', { session: 5 }],
    ['with a list', { session: [1] }],
    ['with text that is not JSON', { session: `{"token": "${SECRET}` }],
    ['with JSON that is no object', { session: '"text"' }],
  ]

  it.each(records)('%s: get fails and says so; all leaves it out', async (_name, record) => {
    const store = newStore()
    await store.collection.insertOne({ _id: 'a', ...record } as never)
    await store.set('b', sessionData({ who: 'b' }))
    const error = await store.get('a').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
    expect((error as Error).message).toMatch(/^Error finding [\da-f]{16}: /)
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)

    const warned = next<Error>(store, 'warning')
    expect(await store.all()).toMatchObject([{ who: 'b' }])
    expect(await warned).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
  })

  it('with an expiry that is no date is not served', async () => {
    const store = newStore()
    const record = { session: { cookie: {} }, expires: 'tomorrow' }
    await store.collection.insertOne({ _id: 'a', ...record } as never)
    expect(await store.get('a')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it('with no expiry is served', async () => {
    const store = newStore()
    await store.collection.insertOne({ _id: 'a', session: { cookie: {}, views: 1 } } as never)
    expect(await store.get('a')).toMatchObject({ views: 1 })
    expect(await store.length()).toBe(1)
  })
})

describe('a codec that fails', () => {
  const failing = () => {
    throw new Error(SECRET)
  }
  const noop = (value: unknown) => value

  it('fails the operation with an error that does not quote it', async () => {
    const write = newStore({ codec: { encode: failing, decode: noop } })
    const error = await write.set('a', sessionData()).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_SET' })
    expect(inspect(error)).not.toContain(SECRET)

    const read = newStore({ codec: { encode: noop, decode: failing } })
    await read.set('a', sessionData())
    expect(await code(read.get('a'))).toBe('ERR_MONGODB_STORE_RECORD')
  })
})

describe('callbacks', () => {
  it('get null for the error where it went well, and their value', async () => {
    const store = newStore()
    const call = <T>(method: (callback: Callback<T>) => void) =>
      new Promise<unknown[]>((resolve) => method((...args: unknown[]) => resolve(args)))
    expect((await call((done) => store.set('a', sessionData(), done)))[0]).toBeNull()
    expect((await call((done) => store.touch('a', sessionData(), done)))[0]).toBeNull()
    expect(await call((done: Callback<number>) => store.length(done))).toEqual([null, 1])
    expect(await call((done: Callback<never>) => store.get('b', done as never))).toEqual([
      null,
      null,
    ])
  })
})

describe('secrets', () => {
  it('of the connection string are in neither the store nor its errors', async () => {
    const uri = `mongodb://admin:${SECRET}@127.0.0.1:9/test`
    const store = newStore({ uri, connectionOptions: { serverSelectionTimeoutMS: 50 } })
    const error = await next<Error>(store, 'error')
    for (const shown of [store, store.options, error]) {
      expect(inspect(shown, { depth: 9, showHidden: shown === store })).not.toContain(SECRET)
      expect(JSON.stringify(shown)).not.toContain(SECRET)
    }
    expect(() => newStore({ uri: `mongodb://admin:${SECRET}@host:port:1/x` })).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.not.stringContaining(SECRET),
      }),
    )
  })

  it('of the app that listens to nothing are not in the error of a session', async () => {
    const store = newStore({ connection: await newConnection() })
    const session = sessionData({ token: SECRET, id: 1n })
    const error = await store.set('a', session).catch((error: unknown) => error)
    expect(inspect(error)).not.toContain(SECRET)
  })
})
