/** A server that dies under load, or that is not there yet when the app starts. */
import type { DurableServer } from 'local-mongodb'
import mongoose from 'mongoose'
import { startApp } from '../../soak/app'
import { Checker } from '../../soak/checker'
import { FaultyProxy } from '../../soak/faulty-proxy'
import { checkAllSessions } from '../../soak/final-check'
import { Load } from '../../soak/load'
import { Random } from '../../soak/random'
import { MongoDBStoreError } from '../../src/errors'
import { newApp } from '../support/app'
import { describeWithDurableServer, newDurableServer } from '../support/durable-server'
import { fullOrShort } from '../support/in-full'
import {
  closedLater,
  newStore,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

const KILLS = fullOrShort(20, 2)
const SEED = Math.floor(Math.random() * 2 ** 32)
/** A mongod acknowledges a write only when it is on disk. */
const DURABLY = { w: 1, journal: true } as const
const IMPATIENT = { ...DURABLY, serverSelectionTimeoutMS: 500 }

/** FerretDB has no TTL index, and a touch fails behind a response: the store tells of both. */
function newQuietStore(options: Options) {
  return newStore(options)
    .on('warning', () => {})
    .on('error', () => {})
}

describeWithDurableServer('a server that dies', () => {
  it('loses no acknowledged session and brings none back, however often it dies under load', async () => {
    const server = await startedServer()
    const collection = uniqueName()
    const grouped = {
      schema: { group: Number },
      fields: ({ group }: { group?: number }) => ({ group }),
    }
    const ownStore = newQuietStore({
      uri: server.uri,
      collection,
      connectionOptions: IMPATIENT,
      ...(grouped as object),
    })
    const connection = await connectionTo(server)
    const checker = new Checker()
    const app = closedLater(
      await startApp(newQuietStore({ connection, collection, ...(grouped as object) }), checker),
    )
    const random = new Random(SEED)
    const load = new Load(checker, { stores: [ownStore], app, random, callers: 3, visitors: 3 })
    load.start()
    for (let kill = 0; kill < KILLS; kill++) {
      // Everyone is served, then nobody is: without a restart of the app
      await Promise.all([
        checker.waitFor('direct', 'answered', 100),
        checker.waitFor('http', 'answered', 30),
      ])
      await server.kill()
      await Promise.all([
        checker.waitFor('direct', 'failed', 3),
        checker.waitFor('http', 'failed', 3),
      ])
      await server.start()
    }
    await Promise.all([
      checker.waitFor('direct', 'answered', 100),
      checker.waitFor('http', 'answered', 30),
    ])
    await load.stop()
    const checked = await checkAllSessions(checker, [ownStore])
    expect({ seed: SEED, violations: checker.violations }).toEqual({ seed: SEED, violations: [] })
    expect(checked).toBeGreaterThan(10 * KILLS)
  }, 600_000)

  it('fails each operation meanwhile with its code, and serves it afterwards', async () => {
    const server = await startedServer()
    const store = newQuietStore({ uri: server.uri, connectionOptions: IMPATIENT })
    await store.set('a', sessionData({ views: 1 }))
    const session = (await store.get('a'))!
    session.cookie.expires = new Date(Date.now() + 120_000)
    const operations = {
      GET: () => store.get('a'),
      SET: () => store.set('a', Object.assign(session, { views: 2 })),
      TOUCH: () => store.touch('a', session),
      ALL: () => store.all(),
      SESSIONS: () => arrayFrom(store.sessions()),
      LENGTH: () => store.length(),
      DESTROY_MANY: () => store.destroyMany({ 'session.views': 2 }),
      DESTROY: () => store.destroy('a'),
      CLEAR: () => store.clear(),
    }
    await server.kill()
    for (const [name, operation] of Object.entries(operations)) {
      const error = await operation().then(undefined, (reason: unknown) => reason)
      expect(error).toBeInstanceOf(MongoDBStoreError)
      expect(error).toMatchObject({ code: `ERR_MONGODB_STORE_${name}` })
    }
    await server.start()
    for (const operation of Object.values(operations)) await operation()
    expect(await store.length()).toBe(0)
  })

  it('gives the visitor a 500 by next(err), and remembers the visitor afterwards', async () => {
    const server = await startedServer()
    const store = newQuietStore({ uri: server.uri, connectionOptions: IMPATIENT })
    const visitor = (await newApp(store)).newVisitor()
    await visitor.json('/count')
    await server.kill()
    const { status, body } = await visitor.visit('/count')
    expect({ status, body: JSON.parse(body) }).toMatchObject({
      status: 500,
      body: { code: 'ERR_MONGODB_STORE_GET' },
    })
    await server.start()
    expect(await visitor.json('/count')).toMatchObject({ views: 2 })
  })
})

describeWithDurableServer('a server that comes after the app', () => {
  it("is used by the store's own connection as soon as it is there", async () => {
    const server = await newDurableServer()
    const store = newQuietStore({ uri: server.uri, connectionOptions: IMPATIENT })
    expect(await next(store, 'error')).toMatchObject({ code: 'ERR_MONGODB_STORE_CONNECT' })
    const visitor = (await newApp(store)).newVisitor()
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_GET' })
    await server.start()
    expect(await visitor.json('/count')).toMatchObject({ views: 1 })
  })

  it('is waited for by a borrowed connection that is still connecting', async () => {
    const server = await newDurableServer()
    const connection = closedLater(mongoose.createConnection(server.uri, DURABLY))
    const visitor = (await newApp(newQuietStore({ connection }))).newVisitor()
    const counted = visitor.json('/count')
    await server.start()
    expect(await counted).toMatchObject({ views: 1 })
  })

  it('is used by a borrowed connection that the app opens again', async () => {
    const server = await newDurableServer()
    const connection = closedLater(mongoose.createConnection())
    await connection.openUri(server.uri, IMPATIENT).catch(() => {})
    const store = newQuietStore({ connection })
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_GET' })
    await server.start()
    await connection.openUri(server.uri, IMPATIENT)
    expect(await store.get('a')).toBeNull()
  })
})

async function arrayFrom<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const array: T[] = []
  for await (const each of iterable) array.push(each)
  return array
}

/** Behind a proxy by which its end is a reset: see there. */
async function startedServer(): Promise<DurableServer> {
  const server = await newDurableServer()
  await server.start()
  const proxy = closedLater(new FaultyProxy(server.uri))
  return { ...server, uri: await proxy.listen() }
}

/** Of the app's own. */
async function connectionTo({ uri }: DurableServer): Promise<mongoose.Connection> {
  return closedLater(await mongoose.createConnection(uri, IMPATIENT).asPromise())
}
