/** Faults on the wire while a store starts, and while it ends. */

import { execFile } from 'node:child_process'
import dns from 'node:dns'
import path from 'node:path'
import { promisify } from 'node:util'
import mongoose from 'mongoose'
import { type FaultyProxy, faultyProxy } from '../support/faulty-proxy'
import { nodeProcess } from '../support/node-process'
import { closedLater, MongoDBStore, next, sessionData, uniqueName } from '../support/server'
import { FAULTS, isInTime, LIMITS } from '../support/wire-faults'

type FaultName = keyof typeof FAULTS
const ALL = Object.keys(FAULTS) as FaultName[]
const FATAL = ALL.filter((fault) => fault !== 'delay')

async function strike(proxy: FaultyProxy, fault: FaultName): Promise<void> {
  if (fault === 'refuse') await proxy.refuse()
  else proxy.faults['*'] = fault
}

const newProxy = async () => closedLater(await faultyProxy())

const storeOn = ({ uri }: FaultyProxy, ...callback: ((error?: unknown) => void)[]) =>
  closedLater(
    new MongoDBStore({ uri, collection: uniqueName(), connectionOptions: LIMITS }, ...callback),
  )

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code as string,
  )

/** For each fault what becomes of it, all at once: a case by itself mostly waits. */
async function ofEach<F extends string, T>(faults: readonly F[], become: (fault: F) => Promise<T>) {
  const outcomes = faults.map(async (fault): Promise<[F, T]> => [fault, await become(fault)])
  return Object.fromEntries(await Promise.all(outcomes)) as Record<F, T>
}

const each = <T>(faults: readonly string[], outcome: T) =>
  Object.fromEntries(faults.map((fault) => [fault, outcome]))

describe('a store that starts', () => {
  it('while the server fails says so once, and works when the server does', async () => {
    const outcomes = await ofEach(FATAL, async (fault) => {
      const proxy = await newProxy()
      await strike(proxy, fault)
      const told: string[] = []
      const codeIn = (error: unknown) => (error as { code?: string } | undefined)?.code ?? 'ok'
      const store = storeOn(proxy, (error) => told.push(`callback ${codeIn(error)}`))
      store.on('error', (error) => told.push(`listener ${codeIn(error)}`))
      const operation = codeOf(store.get('a'))
      const inTime = await isInTime(Promise.all([codeOf(store.ready()), operation]))
      await proxy.restore()
      const connected = new Promise<void>((resolve) => store.once('connected', resolve))
      const set = await codeOf(store.set('a', sessionData({ views: 1 })))
      const session = await store.get('a')
      await connected
      return { inTime, told: told.sort(), operation: await operation, set, session }
    })
    expect(outcomes).toEqual(
      each(FATAL, {
        inTime: true,
        told: [
          'callback ERR_MONGODB_STORE_CONNECT',
          'listener ERR_MONGODB_STORE_CONNECT',
          'listener ERR_MONGODB_STORE_GET',
        ],
        operation: 'ERR_MONGODB_STORE_GET',
        set: 'ok',
        session: expect.objectContaining({ views: 1 }),
      }),
    )
  })

  it('while the server is slow starts', async () => {
    const proxy = await newProxy()
    await strike(proxy, 'delay')
    const store = storeOn(proxy)
    expect(await codeOf(store.ready())).toBe('ok')
    expect(await codeOf(store.get('a'))).toBe('ok')
  })

  it('has its index, whatever befell the command that makes it', async () => {
    const faults = ALL.filter((fault) => fault !== 'refuse')
    const outcomes = await ofEach(faults, async (fault) => {
      const proxy = await newProxy()
      proxy.once.createIndexes = fault as Exclude<FaultName, 'refuse'>
      const store = storeOn(proxy)
      const warnings: unknown[] = []
      store.on('warning', (warning) => warnings.push(warning))
      await store.ready()
      // Where the connection is not back yet, the index is made when it is
      while (!(await store.collection.indexExists('expires_1').catch(() => false)));
      return { warnings }
    })
    expect(outcomes).toEqual(each(faults, { warnings: [] }))
  })
})

const UNDER_WAY = {
  ERR_MONGODB_STORE_GET: (store: MongoDBStore) => store.get('a'),
  ERR_MONGODB_STORE_SET: (store: MongoDBStore) => store.set('b', sessionData()),
  ERR_MONGODB_STORE_DESTROY: (store: MongoDBStore) => store.destroy('c'),
}

describe('a store that is closed', () => {
  it.each(['its own', "the app's"])(
    'while the server still makes its index does not wait for that, and was never ready, on %s connection',
    async (whose) => {
      const proxy = await newProxy()
      proxy.faults.createIndexes = 'hang'
      const unhandled: unknown[] = []
      const hear = (error: unknown) => unhandled.push(error)
      nodeProcess.on('unhandledRejection', hear)
      const connection = mongoose.createConnection(proxy.uri)
      const where = whose === 'its own' ? { uri: proxy.uri } : { connection }
      const warnings: unknown[] = []
      const started = jest.fn()
      const store = new MongoDBStore({ ...where, collection: uniqueName() }, started)
      store.on('warning', (warning) => warnings.push(warning))
      store.on('connected', () => warnings.push('connected'))
      await store.set('a', sessionData())
      while (!proxy.commands.includes('createIndexes')) await new Promise(setImmediate)
      const ready = codeOf(store.ready())
      expect(await isInTime(store.close())).toBe(true)
      expect(await ready).toBe('ERR_MONGODB_STORE_CLOSED')
      await connection.close()
      await new Promise(setImmediate)
      const closed = expect.objectContaining({ code: 'ERR_MONGODB_STORE_CLOSED' })
      expect(started.mock.calls).toEqual([[closed]])
      nodeProcess.off('unhandledRejection', hear)
      expect({ unhandled, warnings }).toEqual({ unhandled: [], warnings: [] })
    },
  )

  const ALIVE = 'while the server still makes its index keeps no process alive, on %s'

  async function endsByItself(_: string, mongoose: string): Promise<void> {
    const proxy = await newProxy()
    proxy.faults.createIndexes = 'hang'
    const env = { ...process.env, URI: proxy.uri, COLLECTION: uniqueName(), MONGOOSE: mongoose }
    const options = { env, timeout: 80_000 } // less than its driver looks for a server
    const script = path.join(__dirname, '../support/scripts/close-while-starting.js')
    const { stdout } = await promisify(execFile)(process.execPath, [script], options)
    expect(stdout).toBe('closed\n')
  }

  it.each([
    ['its own connection', ''],
    ["the app's connection", 'mongoose'],
    // Whose driver would look for a server
    ["the app's connection of Mongoose 8", 'mongoose-8'],
  ])(ALIVE, endsByItself)

  it.each([
    { when: 'starts', isReady: false, underWay: {} },
    { when: 'starts, and operations wait for it', isReady: false, underWay: UNDER_WAY },
    { when: 'has nothing to do', isReady: true, underWay: {} },
    { when: 'has operations under way', isReady: true, underWay: UNDER_WAY },
  ])('while it $when ends in time, whatever the server does', async ({ isReady, underWay }) => {
    const outcomes = await ofEach(FATAL, async (fault) => {
      const proxy = await newProxy()
      if (!isReady) await strike(proxy, fault)
      const store = storeOn(proxy, () => {})
      if (isReady) {
        await store.ready()
        await strike(proxy, fault)
      }
      const operations = Object.values(underWay).map((operate) => codeOf(operate(store)))
      const inTime = await isInTime(store.close())
      return {
        inTime,
        left: await isInTime(proxy.allDisconnected()),
        codes: await Promise.all(operations),
      }
    })
    expect(outcomes).toEqual(
      each(FATAL, { inTime: true, left: true, codes: Object.keys(underWay) }),
    )
  })
})

describe('a store that is closed while no server can be reached, and nothing is under way', () => {
  /** The driver would look for a server for 30 s. */
  const PATIENT = { connectTimeoutMS: LIMITS.connectTimeoutMS }
  const rejections: unknown[] = []
  const hear = (error: unknown) => rejections.push(error)
  beforeAll(() => nodeProcess.on('unhandledRejection', hear))
  afterAll(() => nodeProcess.off('unhandledRejection', hear))
  afterEach(() => jest.restoreAllMocks())

  const started = () => {
    const told: unknown[] = []
    return { told, onStart: (error?: unknown) => told.push((error as { code?: string })?.code) }
  }

  it.each(['refuse', 'hang'] as const)('gives up its own attempt at once: %s', async (fault) => {
    const proxy = await newProxy()
    await strike(proxy, fault)
    const { told, onStart } = started()
    const store = new MongoDBStore({ uri: proxy.uri, connectionOptions: PATIENT }, onStart)
    const ready = codeOf(store.ready())
    const failed = next(store.client!, 'serverHeartbeatFailed')
    if (fault === 'refuse') await failed
    expect(await isInTime(store.close())).toBe(true)
    expect(await ready).toBe('ERR_MONGODB_STORE_CLOSED')
    expect(told).toEqual(['ERR_MONGODB_STORE_CLOSED'])
    expect(store.connection.readyState).toBe(0)
    expect(mongoose.connections).not.toContain(store.connection)
    expect(await isInTime(proxy.allDisconnected())).toBe(true)
    expect(rejections).toEqual([])
  })

  it('gives up its own attempt where the server goes silent in the middle of it', async () => {
    const proxy = await newProxy()
    const store = new MongoDBStore({ uri: proxy.uri, connectionOptions: PATIENT }, () => {})
    await next(store.client!, 'serverHeartbeatSucceeded')
    proxy.faults['*'] = 'hang'
    expect(await isInTime(store.close())).toBe(true)
    expect(store.connection.readyState).toBe(0)
    expect(await isInTime(proxy.allDisconnected())).toBe(true)
    expect(rejections).toEqual([])
  })

  it.each(['mongoose', 'mongoose-8'])(
    "does not wait for the app's connection of %s, which goes on",
    async (version) => {
      const { createConnection } = require(version) as typeof mongoose
      const proxy = await newProxy()
      await strike(proxy, 'refuse')
      const connection = closedLater(createConnection(proxy.uri, LIMITS))
      const failed = connection.asPromise().catch(() => 'failed')
      const { told, onStart } = started()
      const store = new MongoDBStore({ connection }, onStart)
      const ready = codeOf(store.ready())
      const closed = store.close().then(() => 'closed')
      expect(await Promise.race([closed, failed])).toBe('closed')
      expect(connection.readyState).toBe(2)
      expect(await ready).toBe('ERR_MONGODB_STORE_CLOSED')
      expect(await failed).toBe('failed')
      await proxy.restore()
      await connection.openUri(proxy.uri)
      expect(told).toEqual(['ERR_MONGODB_STORE_CLOSED'])
      expect(rejections).toEqual([])
    },
  )

  it("answers first what waits for the app's connection", async () => {
    const proxy = await newProxy()
    await strike(proxy, 'refuse')
    const connection = closedLater(mongoose.createConnection(proxy.uri, LIMITS))
    connection.on('error', () => {})
    const store = new MongoDBStore({ connection })
    const told: string[] = []
    const get = codeOf(store.get('a')).then((code) => told.push(code))
    await Promise.all([get, store.close().then(() => told.push('closed'))])
    expect(told).toEqual(['ERR_MONGODB_STORE_GET', 'closed'])
  })

  it('waits for the names of its hosts, and ends what their lookup leads to', async () => {
    let answer!: (records: dns.SrvRecord[]) => void
    const records = new Promise<dns.SrvRecord[]>((resolve) => {
      answer = resolve
    })
    const none = () => Promise.reject(Object.assign(new Error('no text'), { code: 'ENODATA' }))
    jest
      .spyOn(dns.promises, 'resolve')
      .mockImplementation(((_: string, type: string) =>
        type === 'SRV' ? records : none()) as never)
    jest.spyOn(dns.promises, 'resolveSrv').mockReturnValue(records) // which driver 6 asks
    jest.spyOn(dns.promises, 'resolveTxt').mockImplementation(none)
    const store = new MongoDBStore({ uri: 'mongodb+srv://cluster.of.test/' }, () => {})
    const ended = next(store.client!, 'topologyClosed')
    const closed = store.close()
    answer([{ name: 'a.of.test', port: 9, priority: 1, weight: 1 }])
    expect(await isInTime(Promise.all([ended, closed]))).toBe(true)
    expect(store.connection.readyState).toBe(0)
    expect(rejections).toEqual([])
  })
})
