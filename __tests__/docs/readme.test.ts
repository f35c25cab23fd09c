/** What the examples of README.md do. */
import express from 'express'
import session from 'express-session'
import mongoose, { type Connection } from 'mongoose'
import { MongoDBStore, newConnection, sessionData, uniqueName, uri } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { examplesOf } from './support/examples'

const readme = examplesOf<typeof import('./surroundings/readme')>('README.md')

afterEach(() => mongoose.disconnect())

it('express-mongoose-session: the three lines that it takes', async () => {
  await mongoose.connect(uri)
  const app = express()
  const { store } = await readme.run('express-mongoose-session', {
    app,
    mongoose,
    session,
    secret: 'a secret',
  })
  app.get('/', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json(req.session.views)
  })
  const server = await serve(app)
  const visitor = new Visitor(server.address)
  expect([(await visitor.visit('/')).body, (await visitor.visit('/')).body]).toEqual(['1', '2'])
  await server.close()
  await (store as MongoDBStore).close()
})

it("Sessions as a model: a user's devices, who is there with names, and the user logged out", async () => {
  await mongoose.connect(uri)
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
    schema: { user: { type: mongoose.Schema.Types.ObjectId, ref: 'User', index: true } },
    fields: (session) => ({ user: (session as unknown as { userId: string }).userId }),
  })
  const ends = new Date(Date.now() + 60_000)
  const fill = (sid: string, userId: unknown, maxAge = 60_000) =>
    filling.set(sid, sessionData({ userId: String(userId) }, maxAge))
  await fill('phone', user?._id)
  await fill('laptop', user?._id)
  await fill('other', other?._id)
  await fill('over', other?._id, -1000)
  const log = jest.spyOn(console, 'log').mockReturnValue()
  const { online } = await readme.run('Sessions as a model', {
    mongoose,
    MongoDBStore: inItsOwnCollection,
    user: user as never,
  })
  const listed = log.mock.calls as [string, Date][]
  log.mockRestore()
  expect(listed.map(([sid]) => sid).sort()).toEqual(['laptop', 'phone'])
  for (const [, expires] of listed) expect(expires.getTime()).toBeGreaterThanOrEqual(+ends)
  const names = (online as { user: { name: string } }[]).map((each) => each.user.name)
  expect(names.sort()).toEqual(['Ada', 'Ada', 'Bob'])
  expect(await store?.all()).toMatchObject([{ id: 'other' }])
  await Promise.all([store?.close(), filling.close()])
  mongoose.deleteModel('User')
})

it('Sessions as a model: a store that is handed over, with its fields', async () => {
  await mongoose.connect(uri)
  const { store, logins } = await readme.run('Sessions as a model', { mongoose }, 1)
  await (store as MongoDBStore).set('a', sessionData({ userId: 'ada' }))
  expect(await (logins as { end(userId: string): Promise<number> }).end('ada')).toBe(1)
  expect(await (store as MongoDBStore).get('a')).toBeNull()
})

it('Use: an app that has sessions', async () => {
  process.env.SESSION_SECRET = 'a secret'
  const { app } = (await readme.run('Use')) as { app: express.Express }
  app.get('/', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json(req.session.views)
  })
  const server = await serve(app)
  const visitor = new Visitor(server.address)
  expect([(await visitor.visit('/')).body, (await visitor.visit('/')).body]).toEqual(['1', '2'])
  await server.close()
})

it('Use: three ways to say where the sessions are', async () => {
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
  await mongoose.connect(uri)
  await readme.run('Use', { mongoose, MongoDBStore: spied, MySession: MySession as never }, 1)
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

it("In place of connect-mongodb-session: the class, called with the app's express-session", async () => {
  const given = await readme.run('In place of connect-mongodb-session', { session })
  const store = new (given.MongoDBStore as typeof MongoDBStore)({ uri, collection: uniqueName() })
  await expect(store.ready()).resolves.toBe(store)
})

it('every example of the page is run', () => {
  expect(readme.notRun()).toEqual([])
})
