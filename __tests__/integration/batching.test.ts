/** Batching: nothing of it can be seen but the speed. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import mongoose from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newStore,
  newStoreWithoutIndexes,
  type Options,
  sessionData,
} from '../support/server'

type Data = Record<string, unknown>

/** Of another version of BSON than Mongoose's driver has, which refuses it. */
class OtherObjectId {
  get _bsontype() {
    return 'ObjectId'
  }
  get [Symbol.for('@@mdb.bson.version')]() {
    return 1
  }
}

const sids = (count: number) => Array.from({ length: count }, (_, i) => `sid${i}`)

const ignore = () => {}

async function monitored(options: Options = {}) {
  const store = newStore({ connectionOptions: { monitorCommands: true }, ...options })
  await store.ready()
  const commands: { name: string; command: Data }[] = []
  store.client!.on('commandStarted', ({ commandName, command }) => {
    commands.push({ name: commandName, command: command as Data })
  })
  return { store, commands, names: () => commands.map(({ name }) => name) }
}

describe("a turn's operations", () => {
  it('are one find for many gets', async () => {
    const { store, commands, names } = await monitored()
    await store.set('sid1', sessionData({ who: 1 }))
    await store.set('sid3', sessionData({ who: 3 }))
    commands.length = 0
    const found = (await Promise.all(sids(5).map((sid) => store.get(sid)))) as unknown as Data[]
    expect(found.map((session) => session?.who)).toEqual([undefined, 1, undefined, 3, undefined])
    expect(names()).toEqual(['find'])
    expect(commands[0]!.command).toMatchObject({ filter: { _id: { $in: sids(5) } }, limit: 5 })
  })

  it('are one update for many sets', async () => {
    const { store, names } = await monitored()
    await Promise.all(sids(50).map((sid) => store.set(sid, sessionData({ sid }))))
    expect(names()).toEqual(['update'])
    expect(await store.length()).toBe(50)
  })

  it('are one update even for a caller that is slow to ask, and whom someone traces', async () => {
    const { store, names } = await monitored()
    // Makes Node give each promise an id of its own
    subscribe('express-mongoose-session:set', ignore)
    const slow = {
      toJSON() {
        const end = performance.now() + 1
        while (performance.now() < end);
        return 1
      },
    }
    const setting = sids(10).map((sid) => store.set(sid, sessionData({ slow })))
    unsubscribe('express-mongoose-session:set', ignore)
    await Promise.all(setting)
    expect(names()).toEqual(['update'])
  })

  it('are a command for each kind of write', async () => {
    const { store, commands, names } = await monitored()
    await Promise.all(sids(4).map((sid) => store.set(sid, sessionData({ sid }))))
    commands.length = 0
    await Promise.all([
      store.destroy('sid0'),
      store.destroy('sid1'),
      store.touch('sid2', sessionData({}, 120_000)),
      store.set('sid3', sessionData({ changed: true })),
    ])
    expect(names().sort()).toEqual(['delete', 'update'])
    expect(await store.get('sid0')).toBeNull()
    expect(await store.get('sid3')).toMatchObject({ changed: true })
  })

  it('of a lone caller go out as themselves', async () => {
    const { store, commands } = await monitored()
    await store.get('a')
    expect(commands[0]!.command).toMatchObject({ filter: { _id: 'a' }, limit: 1 })
  })

  it('are bounded by maxSize', async () => {
    const { store, names } = await monitored({ batch: { maxSize: 10 } })
    await Promise.all(sids(25).map((sid) => store.get(sid)))
    expect(names()).toEqual(['find', 'find', 'find'])
  })

  it.each([false, { maxSize: 1 }] as const)('go out one by one with batch: %p', async (batch) => {
    const { store, commands, names } = await monitored({ batch })
    await Promise.all(sids(3).map((sid) => store.get(sid)))
    expect(names()).toEqual(['find', 'find', 'find'])
    await Promise.all(sids(3).map((sid) => store.set(sid, sessionData())))
    expect(names().slice(3)).toEqual(['update', 'update', 'update'])
    for (const { command } of commands.slice(3)) expect(command.updates).toHaveLength(1)
  })

  it('name the sid by equality or $in, whatever they are', async () => {
    const { store, commands } = await monitored()
    const everything = async () => {
      await Promise.all(sids(3).map((sid) => store.set(sid, sessionData({ sid }))))
      const sessions = await Promise.all(sids(3).map((sid) => store.get(sid)))
      await Promise.all(sessions.map((session, i) => store.set(`sid${i}`, session!)))
      await Promise.all(sessions.map((session, i) => store.touch(`sid${i}`, session!)))
      await Promise.all(sids(3).map((sid) => store.touch(sid, sessionData())))
      await Promise.all(sids(3).map((sid) => store.destroy(sid)))
    }
    await everything()
    const filters = commands.flatMap(({ command }) => {
      const statements = (command.updates ?? command.deletes) as { q: Data }[] | undefined
      return statements ? statements.map(({ q }) => q) : [command.filter as Data]
    })
    expect(filters.length).toBeGreaterThan(10)
    for (const { _id } of filters) {
      expect(typeof _id === 'string' || Array.isArray((_id as Data).$in)).toBe(true)
    }
  })
})

describe.each<[string, Options]>([
  ['batched', {}],
  ['batched by two', { batch: { maxSize: 2 } }],
  ['not batched', { batch: false }],
])('%s', (_name, options) => {
  it('two gets of one sid give two objects', async () => {
    const store = newStore(options)
    await store.set('a', sessionData({ list: [1] }))
    const [one, two] = await Promise.all([store.get('a'), store.get('a')])
    expect(one).not.toBe(two)
    expect(one).toEqual(two)
  })

  it.each<[string, (store: MongoDBStore) => Promise<unknown>[], unknown]>([
    ['set, set', (s) => [s.set('a', sessionData({ n: 1 })), s.set('a', sessionData({ n: 2 }))], 2],
    ['set, destroy', (s) => [s.set('a', sessionData({ n: 1 })), s.destroy('a')], undefined],
    ['destroy, set', (s) => [s.destroy('a'), s.set('a', sessionData({ n: 2 }))], 2],
    [
      'set, destroy, set',
      (s) => [s.set('a', sessionData({ n: 1 })), s.destroy('a'), s.set('a', sessionData({ n: 3 }))],
      3,
    ],
    ['set, clear', (s) => [s.set('a', sessionData({ n: 1 })), s.clear()], undefined],
  ])('%s in one turn keep their order', async (_order, operate, n) => {
    const store = newStore(options)
    await store.set('a', sessionData({ n: 0 }))
    await Promise.all([...operate(store), ...sids(5).map((sid) => store.set(sid, sessionData()))])
    expect(((await store.get('a')) as unknown as Data | null)?.n).toBe(n)
  })

  it('a get sees the set that was issued before it, and not the one after', async () => {
    const store = newStore(options)
    const [, before] = await Promise.all([
      store.set('a', sessionData({ n: 1 })),
      store.get('a'),
      store.set('a', sessionData({ n: 2 })),
    ])
    expect(before).toMatchObject({ n: 1 })
    expect(await store.get('a')).toMatchObject({ n: 2 })
  })

  it('one that cannot be stored fails alone', async () => {
    const store = newStore(options)
    const outcomes = await Promise.allSettled([
      store.set('good', sessionData({ n: 1 })),
      store.set('big', sessionData({ text: 'x'.repeat(17 * 1024 * 1024) })),
      store.set('bigint', sessionData({ id: 1n })),
      store.get(''),
      store.set('also good', sessionData({ n: 2 })),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(await store.get('good')).toMatchObject({ n: 1 })
    expect(await store.get('also good')).toMatchObject({ n: 2 })
    expect(await store.length()).toBe(2)
  })

  itIfServerHas('updateErrors', 'one that the server refuses fails alone', async () => {
    const store = newStore({
      ...options,
      schema: { email: String },
      fields: (session) => ({ email: (session as { email?: string }).email }),
    })
    await store.ready()
    await store.collection.createIndex({ email: 1 }, { unique: true })
    await store.set('first', sessionData({ email: 'ann@a' }))
    const outcomes = await Promise.allSettled([
      store.set('one', sessionData({ email: 'one@a' })),
      store.set('same', sessionData({ email: 'ann@a' })),
      store.set('two', sessionData({ email: 'two@a' })),
      store.destroy('nobody'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'ERR_MONGODB_STORE_SET' } })
    expect(await store.get('one')).not.toBeNull()
    expect(await store.get('two')).not.toBeNull()
  })

  it('of many sets of one session, one that cannot be stored fails alone', async () => {
    const store = newStore(options)
    await store.set('a', sessionData({ n: 0, id: new mongoose.Types.ObjectId() }))
    const [one, two] = (await Promise.all([store.get('a'), store.get('a')])) as never[] as Data[]
    const setting = [
      store.set('a', sessionData({ n: 1 })),
      store.set('a', Object.assign(one!, { n: 2, own: 1 }) as never),
      store.set('a', sessionData({ n: 3 })),
      // Whether this has changed cannot be told
      store.set('a', Object.assign(two!, { id: new OtherObjectId() }) as never),
      store.touch('a', sessionData({}, 120_000)),
    ]
    const outcomes = await Promise.allSettled(setting)
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    const found = await store.get('a')
    expect(found).toMatchObject({ n: 3, cookie: { originalMaxAge: 120_000 } })
  })

  it('one record that cannot be read fails alone', async () => {
    const store = newStore(options)
    await store.collection.insertOne({ _id: 'bad', session: 5 } as never)
    await store.set('good', sessionData({ n: 1 }))
    const [bad, good] = await Promise.allSettled([store.get('bad'), store.get('good')])
    expect(bad).toMatchObject({ reason: { code: 'ERR_MONGODB_STORE_RECORD' } })
    expect(good).toMatchObject({ value: { n: 1 } })
  })

  it('a kind of write that the server refuses leaves the other kind alone', async () => {
    const refusal = { code: 13, codeName: 'Unauthorized', errmsg: 'no' }
    const proxy = closedLater(await faultyProxy({ delete: refusal }))
    const store = newStoreWithoutIndexes({ ...options, uri: proxy.uri })
    await store.ready()
    const outcomes = await Promise.allSettled(
      sids(4).map((sid, i) => (i % 2 ? store.set(sid, sessionData()) : store.destroy(sid))),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(
      Array(2).fill(['rejected', 'fulfilled']).flat(),
    )
    const updates = proxy.commands.filter((name) => name === 'update')
    expect(updates).toHaveLength('batch' in options ? 2 : 1)
  })

  it('a server that refuses everything fails each of its callers once', async () => {
    const refusal = { code: 13, codeName: 'Unauthorized', errmsg: 'no' }
    const proxy = closedLater(
      await faultyProxy({ find: refusal, update: refusal, delete: refusal }),
    )
    const store = newStoreWithoutIndexes({ ...options, uri: proxy.uri })
    const calls: unknown[] = []
    await new Promise<void>((resolve) => {
      const called = (name: string) => (error: unknown) => {
        calls.push([name, (error as { code: string }).code])
        if (calls.length === 6) resolve()
      }
      for (const sid of sids(2)) {
        store.get(sid, called('get'))
        store.set(sid, sessionData(), called('set'))
        store.destroy(sid, called('destroy'))
      }
    })
    expect(calls.sort()).toEqual([
      ...Array(2).fill(['destroy', 'ERR_MONGODB_STORE_DESTROY']),
      ...Array(2).fill(['get', 'ERR_MONGODB_STORE_GET']),
      ...Array(2).fill(['set', 'ERR_MONGODB_STORE_SET']),
    ])
  })

  it('a server that is not there fails each of its callers once', async () => {
    const store = newStore({
      ...options,
      uri: 'mongodb://127.0.0.1:9/test',
      connectionOptions: { serverSelectionTimeoutMS: 50 },
    })
    store.on('error', () => {})
    const outcomes = await Promise.allSettled([
      ...sids(3).map((sid) => store.get(sid)),
      ...sids(3).map((sid) => store.set(sid, sessionData())),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'))
  })

  it('close sends what is queued', async () => {
    const { collection } = newStore(options).options
    const store = newStore({ ...options, collection })
    await store.ready()
    const stored = sids(10).map((sid) => store.set(sid, sessionData()))
    await store.close()
    await Promise.all(stored)
    expect(await newStore({ ...options, collection }).length()).toBe(10)
  })

  it('parallel sets of one new sid make one record', async () => {
    const store = newStore(options)
    await Promise.all(Array.from({ length: 100 }, (_, n) => store.set('a', sessionData({ n }))))
    expect(await store.length()).toBe(1)
    expect(await store.get('a')).toMatchObject({ n: 99 })
  })
})
