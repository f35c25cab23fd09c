/** Writes that the server has done and whose reply is lost: no one sees them done a second time. */
import mongoose from 'mongoose'
import { faultyProxy } from '../support/faulty-proxy'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newStore,
  type Options,
  serverHas,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { LIMITS } from '../support/wire-faults'

type Data = Record<string, unknown>
const SIDS = ['a', 'b']

/** A store whose replies can be lost, and one of another process on the same collection. */
async function twoStores(options: Options = {}) {
  const proxy = closedLater(await faultyProxy())
  const shared = { collection: uniqueName(), ...options }
  const store = newStore({ ...shared, uri: proxy.uri, connectionOptions: LIMITS })
  const other = newStore({ ...shared, uri })
  await Promise.all([store.ready(), other.ready()])
  return { proxy, store, other }
}

const get = async (store: MongoDBStore, sid: string) => (await store.get(sid)) as unknown as Data
const set = (store: MongoDBStore, sid: string, data: Data) => store.set(sid, data as never)

const outcomesOf = async (writes: Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map((write) =>
    write.status === 'fulfilled' ? 'done' : write.reason.code,
  )

/**
 * Where the server can tell whether a write was done, the driver asks it, and the caller need not know.
 * Elsewhere a batch fails as a whole, and of writes that go out each as itself the one that was lost,
 * and maybe others with its connection.
 */
function eachDoneOr(code: string, { batch }: Options): (outcomes: string[]) => void {
  if (serverHas('retriedWrites')) {
    return (outcomes) => expect(outcomes).toEqual(outcomes.map(() => 'done'))
  }
  return (outcomes) => {
    const others = batch === false ? ['done', code] : [code]
    expect(outcomes).toContain(code)
    for (const outcome of outcomes) expect(others).toContain(outcome)
  }
}

interface LostWrite {
  readonly name: string
  readonly command: string
  readonly code: string
  readonly isNew?: true
  readonly write: (store: MongoDBStore, sid: string, loaded: Data) => Promise<unknown>
  readonly meanwhile: (other: MongoDBStore, sid: string) => Promise<unknown>
  readonly found: Data | null
}

const LOST_WRITES: LostWrite[] = [
  {
    name: 'a new session that is destroyed meanwhile stays away',
    command: 'update',
    code: 'ERR_MONGODB_STORE_SET',
    isNew: true,
    write: (store, sid) => store.set(sid, sessionData({ n: 1 })),
    meanwhile: (other, sid) => other.destroy(sid),
    found: null,
  },
  {
    name: 'a new session that is changed meanwhile keeps the change',
    command: 'update',
    code: 'ERR_MONGODB_STORE_SET',
    isNew: true,
    write: (store, sid) => store.set(sid, sessionData({ n: 1 })),
    meanwhile: async (other, sid) => set(other, sid, { ...(await get(other, sid)), n: 2 }),
    found: { n: 2 },
  },
  {
    name: 'a changed key that is changed meanwhile keeps the later change',
    command: 'update',
    code: 'ERR_MONGODB_STORE_SET',
    write: (store, sid, loaded) => set(store, sid, Object.assign(loaded, { n: 1, own: true })),
    meanwhile: async (other, sid) => {
      const session = await get(other, sid)
      expect(session).toMatchObject({ n: 1, own: true })
      await set(other, sid, Object.assign(session, { n: 2 }))
    },
    found: { n: 2, own: true },
  },
  {
    name: 'a touch keeps the expiry that is given meanwhile',
    command: 'update',
    code: 'ERR_MONGODB_STORE_TOUCH',
    write: (store, sid) => store.touch(sid, sessionData({}, 90_000)),
    meanwhile: (other, sid) => other.touch(sid, sessionData({}, 600_000)),
    found: { cookie: expect.objectContaining({ originalMaxAge: 600_000 }) },
  },
  {
    name: 'a destroy leaves the session that is stored under the sid meanwhile',
    command: 'delete',
    code: 'ERR_MONGODB_STORE_DESTROY',
    write: (store, sid) => store.destroy(sid),
    meanwhile: (other, sid) => other.set(sid, sessionData({ n: 3 })),
    found: { n: 3 },
  },
]

describe.each([
  ['alone', SIDS.slice(0, 1), {}],
  ['in a batch', SIDS, {}],
  ['not batched', SIDS, { batch: false }],
] as [string, string[], Options][])('a write %s whose reply is lost', (_name, sids, options) => {
  it.each(LOST_WRITES)('$name', async ({ command, code, isNew, write, meanwhile, found }) => {
    const { proxy, store, other } = await twoStores(options)
    if (!isNew) await Promise.all(sids.map((sid) => store.set(sid, sessionData({ n: 0 }))))
    const loaded = await Promise.all(sids.map((sid) => get(store, sid)))
    let lost = 0
    proxy.beforeReplyLoss = async () => {
      // Not batched, it is the first of them that is lost
      const affected = options.batch === false ? sids.slice(0, 1) : sids
      for (const sid of affected) await meanwhile(other, sid)
      lost++
    }
    proxy.once[command] = 'lose'
    eachDoneOr(code, options)(await outcomesOf(sids.map((sid, i) => write(store, sid, loaded[i]!))))
    expect(lost).toBe(1)
    const session = await get(other, 'a')
    if (found) expect(session).toMatchObject(found)
    else expect(session).toBeNull()
    if (sids.length > 1 && options.batch !== false) {
      expect(await get(other, 'b')).toEqual(session && expect.objectContaining(found))
    }
  })

  it.each(['_id', 'sid'])(
    'a new session, by %s, is there once, also when it is set again',
    async (idField) => {
      const { proxy, store, other } = await twoStores({ ...options, idField })
      proxy.once.update = 'lose'
      const write = (n: number) => outcomesOf(sids.map((sid) => store.set(sid, sessionData({ n }))))
      eachDoneOr('ERR_MONGODB_STORE_SET', options)(await write(1))
      expect(await get(other, 'a')).toMatchObject({ n: 1 })
      expect(await write(2)).toEqual(sids.map(() => 'done'))
      expect(await get(other, 'a')).toMatchObject({ n: 2 })
      expect(await other.collection.countDocuments()).toBe(sids.length)
    },
  )

  it('a change is not forgotten when the session is set again', async () => {
    const { proxy, store, other } = await twoStores(options)
    await Promise.all(sids.map((sid) => store.set(sid, sessionData({ n: 0 }))))
    const loaded = await Promise.all(sids.map((sid) => get(store, sid)))
    proxy.once.update = 'reset'
    const write = (data: Data) =>
      outcomesOf(sids.map((sid, i) => set(store, sid, Object.assign(loaded[i]!, data))))
    eachDoneOr('ERR_MONGODB_STORE_SET', options)(await write({ first: true }))
    expect(await write({ second: true })).toEqual(sids.map(() => 'done'))
    for (const sid of sids)
      expect(await get(other, sid)).toMatchObject({ first: true, second: true })
  })

  it('one that met another insert of its sid before is there once', async () => {
    const { proxy, store, other } = await twoStores(options)
    const duplicate = { code: 11000, codeName: 'DuplicateKey', errmsg: 'x' }
    proxy.once.update = duplicate
    const write = () => outcomesOf(sids.map((sid) => store.set(sid, sessionData({ n: 1 }))))
    expect(await write()).toEqual(sids.map(() => 'done'))
    proxy.once.update = duplicate
    proxy.faults.update = 'lose'
    expect(await write()).toEqual(sids.map(() => 'ERR_MONGODB_STORE_SET'))
    expect(await other.collection.countDocuments()).toBe(sids.length)
  })
})

/** The server cannot tell whether a removal of many was done, so that nobody tries it again. */
describe.each<[string, string, (store: MongoDBStore) => Promise<unknown>]>([
  ['clear', 'ERR_MONGODB_STORE_CLEAR', (store) => store.clear()],
  [
    'destroyMany',
    'ERR_MONGODB_STORE_DESTROY_MANY',
    (store) => store.destroyMany({ 'session.user': 'ann' }),
  ],
])('a %s whose reply is lost', (_name, code, write) => {
  it.each<[string, Options]>([
    ['batched', {}],
    ['not batched', { batch: false }],
  ])('leaves what is stored meanwhile, %s', async (_batching, options) => {
    const { proxy, store, other } = await twoStores(options)
    await Promise.all(SIDS.map((sid) => store.set(sid, sessionData({ user: 'ann' }))))
    proxy.beforeReplyLoss = () => other.set('a', sessionData({ user: 'ann', n: 3 }))
    proxy.once.delete = 'lose'
    expect(await outcomesOf([write(store)])).toEqual([code])
    expect(await get(other, 'a')).toMatchObject({ n: 3 })
    expect(await get(other, 'b')).toBeNull()
    expect(proxy.commands.filter((name) => name === 'delete')).toHaveLength(1)
    expect(await outcomesOf([write(store)])).toEqual(['done'])
    expect(await other.length()).toBe(0)
  })
})

itIfServerHas('retriedWrites', 'a lost reply is no fault for the caller', async () => {
  const { proxy, store, other } = await twoStores()
  proxy.once.update = 'lose'
  await store.set('a', sessionData({ n: 1 }))
  proxy.once.delete = 'lose'
  await store.destroy('a')
  expect(await get(other, 'a')).toBeNull()
})

it('a batch that was done, and not as widely as the write concern asks, is not sent again', async () => {
  const { proxy, store } = await twoStores()
  const writeConcernError = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'x' }
  proxy.faults.update = { ok: 1, n: 2, nModified: 2, writeConcernError }
  const writes = SIDS.map((sid) => store.set(sid, sessionData()))
  expect(await outcomesOf(writes)).toEqual(SIDS.map(() => 'ERR_MONGODB_STORE_SET'))
  expect(proxy.commands.filter((name) => name === 'update')).toHaveLength(1)
})

it.each<[string, Options]>([
  ['in a batch', {}],
  ['not batched', { batch: false }],
])(
  'where one of two writes is refused, the other, %s, still is not confirmed as widely as is asked',
  async (_name, options) => {
    const { proxy, store } = await twoStores(options)
    const writeErrors = [{ index: 0, code: 2, errmsg: 'x' }]
    const writeConcernError = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'x' }
    const failing = { ok: 1, n: 1, nModified: 1, writeConcernError }
    if (options.batch === false) {
      proxy.once.update = { ok: 1, n: 0, nModified: 0, writeErrors }
      proxy.faults.update = failing
    } else proxy.once.update = { ...failing, writeErrors }
    const writes = await Promise.allSettled(SIDS.map((sid) => store.set(sid, sessionData())))
    const messages = writes.map((write) => (write as PromiseRejectedResult).reason.message)
    // In a batch, the error is one for both
    const codeOfFirst = options.batch === false ? 2 : 64
    expect(messages).toEqual([
      expect.stringMatching(new RegExp(`^Error setting [\\da-f]{16}: .*code ${codeOfFirst}\\)$`)),
      expect.stringMatching(/^Error setting [\da-f]{16}: .*code 64\)$/),
    ])
  },
)

it.each([
  [11600, 'InterruptedAtShutdown'],
  [11601, 'Interrupted'],
  [6, 'HostUnreachable'],
  [7, 'HostNotFound'],
  [89, 'NetworkTimeout'],
  [91, 'ShutdownInProgress'],
  [189, 'PrimarySteppedDown'],
  [202, 'NetworkInterfaceExceededTimeLimit'],
  [9001, 'SocketException'],
  [10058, 'LegacyNotPrimary'],
  [10107, 'NotWritablePrimary'],
  [13435, 'NotPrimaryNoSecondaryOk'],
  [13436, 'NotPrimaryOrSecondary'],
  [50, 'MaxTimeMSExpired'],
])('a batch that the server breaks off (code %i, %s) is not sent again', async (code, codeName) => {
  const { proxy, store } = await twoStores()
  proxy.faults.update = { code, codeName, errmsg: 'x' }
  const writes = SIDS.map((sid) => store.set(sid, sessionData()))
  expect(await outcomesOf(writes)).toEqual(SIDS.map(() => 'ERR_MONGODB_STORE_SET'))
  expect(proxy.commands.filter((name) => name === 'update')).toHaveLength(1)
})

/** Drivers before 6.5 leave nothing of the reason but its message. */
const itWithReasons = /^8\.[0-2]\./.test(mongoose.version) ? it.skip : it

itWithReasons(
  'a batch that is not answered fails with the reason, not with what wraps it',
  async () => {
    const { proxy, store } = await twoStores()
    // And nothing else, or the driver may not even find the server
    proxy.faults.update = 'cut'
    const [write] = await Promise.allSettled(SIDS.map((sid) => store.set(sid, sessionData())))
    expect(write).toMatchObject({ reason: { code: 'ERR_MONGODB_STORE_SET' } })
    const { name } = (write as PromiseRejectedResult).reason.cause
    expect(['MongoNetworkError', 'MongoPoolClearedError']).toContain(name)
  },
)
