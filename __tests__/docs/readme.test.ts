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

it('Sessions as a model: a user is logged out everywhere', async () => {
  await mongoose.connect(uri)
  mongoose.model('User', new mongoose.Schema({ name: String }), uniqueName('users'))
  const user = { _id: new mongoose.Types.ObjectId() }
  let store: MongoDBStore | undefined
  const filled = new Proxy(MongoDBStore, {
    construct(target, [options]) {
      store = new target({ ...options, collection: uniqueName() })
      const { destroyMany } = store
      store.destroyMany = (async (filter: object) => {
        for (const sid of ['a', 'b']) await store?.set(sid, sessionData({ userId: user._id }))
        return (destroyMany as (filter: object) => Promise<number>).call(store, filter)
      }) as never
      return store
    },
  })
  const { online } = await readme.run('Sessions as a model', {
    mongoose,
    MongoDBStore: filled,
    user,
  })
  expect(online).toEqual([])
  expect(await store?.length()).toBe(0)
  await store?.close()
  mongoose.deleteModel('User')
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
