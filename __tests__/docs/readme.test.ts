/** What the examples of README.md do. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import express from 'express'
import session from 'express-session'
import mongoose, { type Connection, Mongoose } from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { Visitor } from '../support/visitor'
import { examplesOf, pageUri } from './support/examples'
import { read } from './support/pages'
import type * as Surroundings from './surroundings/readme'

const readme = examplesOf<typeof Surroundings>('README.md')

afterEach(() => mongoose.disconnect())

/** A session id as express-session signs it for its cookie. */
function signed(sid: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${sid}.${signature}`)
}

/** Visits twice, and counts in the session. */
async function views(address: string): Promise<string[]> {
  const visitor = new Visitor(address)
  return [(await visitor.visit('/')).body, (await visitor.visit('/')).body]
}

it('the figures are those of the last benchmark; `npm run docs` puts them there', () => {
  const { withFigures } = require('../../bench/report/figures') as {
    withFigures(page: string, run: unknown): string
  }
  const text = `${read('README.md')}${read('docs/comparison.md')}`
  const run = JSON.parse(read('docs/benchmarks/results.json')) as { results: object }
  expect(withFigures(text, run)).toBe(text)
  expect(withFigures(text, { ...run, results: {} })).not.toBe(text)
})

it('the page of the options has every option, and none that does not exist; README has the usual ones', () => {
  const namesIn = (text: string) =>
    [...text.matchAll(/^\| `(\w+)` \| \S.* \|/gm)].map(([, name]) => name)
  const named = namesIn(read('docs/options.md'))
  const short = namesIn(read('README.md').split('## Options')[1]?.split('\n## ')[0] ?? '')
  expect(short.length).toBeGreaterThan(10)
  expect(named).toEqual(expect.arrayContaining(short))
  const [, options = ''] = read('src/options/options.ts').split(
    'export interface MongoDBStoreOptions',
  )
  const known = [...options.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name)
  expect(known).toContain('awaitTouch')
  expect(named.sort()).toEqual(known.sort())
})

it("Log out everywhere: a user's devices, who is there with names, and the user logged out", async () => {
  await mongoose.connect(pageUri)
  const User = mongoose.model('User', new mongoose.Schema({ name: String }), uniqueName('users'))
  const [user, other] = await User.create([{ name: 'Ada' }, { name: 'Bob' }])
  const collection = uniqueName()
  let store: MongoDBStore | undefined
  const inItsOwnCollection = new Proxy(MongoDBStore, {
    construct(target, [options]) {
      store = new target({ ...options, collection })
      return store
    },
  })
  // As the example's store writes them
  const filling = new MongoDBStore({
    connection: mongoose.connection,
    collection,
    schema: { userId: { type: String, ref: 'User', index: true } },
    fields: (session) => ({ userId: (session as unknown as { userId: string }).userId }),
  })
  const ends = new Date(Date.now() + 60_000)
  const fill = (sid: string, userId: unknown, maxAge = 60_000) =>
    filling.set(sid, sessionData({ userId: String(userId) }, maxAge))
  await fill('phone', user?._id)
  await fill('laptop', user?._id)
  await fill('other', other?._id)
  await fill('over', other?._id, -1000)
  const log = jest.spyOn(console, 'log').mockReturnValue()
  const { online } = await readme.run('Log out everywhere', {
    mongoose,
    MongoDBStore: inItsOwnCollection,
    userId: String(user?._id),
  })
  const listed = log.mock.calls as [string, Date][]
  log.mockRestore()
  expect(listed.map(([sid]) => sid).sort()).toEqual(['laptop', 'phone'])
  for (const [, expires] of listed) expect(expires.getTime()).toBeGreaterThanOrEqual(+ends)
  const names = (online as { userId: { name: string } }[]).map((each) => each.userId.name)
  expect(names.sort()).toEqual(['Ada', 'Ada', 'Bob'])
  expect(await store?.all()).toMatchObject([{ id: 'other' }])
  await Promise.all([store?.close(), filling.close()])
  mongoose.deleteModel('User')
})

it('Quick start: an app that has sessions, with nothing else around it', async () => {
  process.env.PORT = '0'
  const { server } = (await readme.run('Quick start')) as { server: Server }
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await views(`http://127.0.0.1:${port}`)).toEqual([
    'You have been here 1 times',
    'You have been here 2 times',
  ])
  server.closeAllConnections()
  await promisify(server.close.bind(server))()
})

describe('In production', () => {
  /** The app of the example behind a proxy that ends TLS, and what it has logged. */
  async function start() {
    process.env.PORT = '0'
    process.env.SESSION_SECRET = 'a secret'
    const mongoose = new Mongoose() as typeof Surroundings.mongoose
    closedLater({ close: () => mongoose.disconnect() })
    const routes = express.Router()
    routes.get('/', (req, res) => {
      req.session.views = (req.session.views ?? 0) + 1
      res.json(req.session.views)
    })
    const said = (['error', 'warn'] as const).map((how) =>
      jest.spyOn(console, how).mockReturnValue(),
    )
    closedLater({ close: async () => said.forEach((each) => void each.mockRestore()) })
    const given = { app: express(), mongoose, MongoDBStore, session, routes }
    const { server, store } = (await readme.run('In production', given)) as {
      server: Server
      store: MongoDBStore
    }
    await store.ready()
    const { port } = server.address() as AddressInfo
    const visit = (cookie = '') =>
      fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-forwarded-proto': 'https', cookie } })
    return { server, store, mongoose, visit, errors: said[0]!.mock.calls }
  }

  it('cookies are secure behind a proxy, and writes wait for the majority', async () => {
    const { store, visit } = await start()
    const answer = await visit()
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure/)
    const again = await visit(answer.headers.get('set-cookie')?.split(';')[0])
    expect(await again.json()).toBe(2)
    expect(store.connection.getClient().options.writeConcern?.w).toBe('majority')
    process.emit('SIGTERM')
  })

  it('SIGTERM closes the server, the store and the connection, in this order', async () => {
    const { server, store, mongoose } = await start()
    const closed = once(mongoose.connection, 'close')
    process.emit('SIGTERM')
    expect(server.listening).toBe(false)
    await closed
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
    expect(mongoose.connection.readyState).toBe(0)
  })

  it('a session that cannot be read is logged, and answered with 503', async () => {
    const { store, visit, errors } = await start()
    const sid = uniqueName('sid')
    const expires = new Date(Date.now() + 60_000)
    await store.collection.insertOne({ _id: sid, session: 'no session', expires } as never)
    expect((await visit(`connect.sid=${signed(sid, 'a secret')}`)).status).toBe(503)
    expect(errors).toContainEqual(['ERR_MONGODB_STORE_RECORD', expect.any(String)])
    process.emit('SIGTERM')
  })
})

it('Three ways to connect: the sessions are where each says', async () => {
  const connection: Connection = await newConnection()
  const MySession = connection.model(
    'Own',
    new mongoose.Schema({ _id: String, session: {}, expires: Date }, { collection: uniqueName() }),
  )
  const made: MongoDBStore[] = []
  const spied = new Proxy(MongoDBStore, {
    construct(target, args) {
      const store = Reflect.construct(target, args) as MongoDBStore
      made.push(store)
      return store
    },
  })
  await mongoose.connect(pageUri)
  await readme.run('Three ways to connect', {
    mongoose,
    MongoDBStore: spied,
    MySession: MySession as never,
  })
  await Promise.all(made.map((store) => store.ready()))
  const [ofTheApp, ofTheModel, ofItsOwn] = made
  expect(ofTheApp?.connection).toBe(mongoose.connection)
  expect(ofTheModel?.model).toBe(MySession)
  expect(ofItsOwn?.collection.collectionName).toBe('visits')
  await Promise.all(made.map((store) => store.close()))
  expect([mongoose.connection, connection, ofItsOwn?.connection].map((c) => c?.readyState)).toEqual(
    [1, 1, 0],
  )
})

it("Coming from another store: the class, called with the app's express-session", async () => {
  const given = await readme.run('Coming from another store', { session })
  const store = new (given.MongoDBStore as typeof MongoDBStore)({ uri, collection: uniqueName() })
  await expect(store.ready()).resolves.toBe(store)
})

it('every example of the page is run', () => {
  expect(readme.notRun()).toEqual([])
})
