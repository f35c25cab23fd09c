/** The collection shared with the stores that our users come from, which run here for real. */
import MongoStore from 'connect-mongo'
import session, { type Store } from 'express-session'
import { newApp } from '../support/app'
import {
  type ConnectMongoDBSession,
  connectMongoClosedLater,
  connectMongoDBSessionClosedLater,
} from '../support/other-stores'
import { uriWithPathErrors } from '../support/path-errors'
import {
  closedLater,
  itIfServerHas,
  newStore,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import type { Visitor } from '../support/visitor'

const MongoDBSessionStore = require('connect-mongodb-session')(session)

const theirs: Record<string, (collection: string) => Store> = {
  'connect-mongodb-session': (collection) => {
    const store = new MongoDBSessionStore({ uri, collection })
    store.on('error', () => {})
    return connectMongoDBSessionClosedLater(store)
  },
  'connect-mongo': (collectionName) =>
    connectMongoClosedLater(MongoStore.create({ mongoUrl: uri, collectionName })),
  'connect-mongo with stringify: false': (collectionName) =>
    connectMongoClosedLater(MongoStore.create({ mongoUrl: uri, collectionName, stringify: false })),
  'connect-mongo with touchAfter': (collectionName) =>
    connectMongoClosedLater(MongoStore.create({ mongoUrl: uri, collectionName, touchAfter: 3600 })),
}

/** connect-mongo fails each operation where it cannot have its index. */
function itWith(store: string, name: string, body: () => Promise<void>): void {
  if (store === 'connect-mongodb-session') it(name, body)
  else itIfServerHas('ttlIndex', name, body)
}

const cookie = { maxAge: 600_000 }

/** A visitor's cookie, good for another app with the same secret. */
async function moveIn(visitor: Visitor, store: Store): Promise<Visitor> {
  const moved = (await newApp(store, { cookie, rolling: true })).newVisitor()
  moved.cookie = visitor.cookie
  return moved
}

describe.each(Object.entries(theirs))('a collection of %s', (name, create) => {
  const loggedIn = async () => {
    const collection = uniqueName()
    const old = await newApp(create(collection), { cookie })
    const visitor = old.newVisitor()
    await visitor.json('/login/ann')
    await visitor.json('/count')
    return { collection, visitor }
  }

  itWith(name, 'keeps its users logged in when ours takes over', async () => {
    const { collection, visitor } = await loggedIn()
    const moved = await moveIn(visitor, newStore({ collection, awaitTouch: true }))
    expect(await moved.json('/look')).toMatchObject({ user: 'ann', views: 1 })
    expect(await moved.json('/count')).toMatchObject({ user: 'ann', views: 2 })
    expect(await moved.json('/look')).toMatchObject({ user: 'ann', views: 2 })
  })

  itWith(name, 'is touched by ours: the record lives on, and its data stay', async () => {
    const { collection, visitor } = await loggedIn()
    const store = newStore({ collection, awaitTouch: true })
    const soon = new Date(Date.now() + 1000)
    await store.model.updateOne({ _id: visitor.sid }, { expires: soon })
    const moved = await moveIn(visitor, store)
    expect(await moved.json('/look')).toMatchObject({ user: 'ann' })
    const record = (await store.model.findById(visitor.sid).lean())!
    expect(Number(record.expires)).toBeGreaterThan(Date.now() + 500_000)
    expect(await store.get(visitor.sid)).toMatchObject({ user: 'ann', views: 1 })
  })

  itWith(name, 'is listed, counted and emptied', async () => {
    const { collection, visitor } = await loggedIn()
    const store = newStore({ collection, awaitTouch: true })
    expect(await store.all()).toMatchObject([{ user: 'ann', id: visitor.sid }])
    expect(await store.length()).toBe(1)
    await store.clear()
    expect(await store.length()).toBe(0)
  })

  itWith(name, 'is touched without having been loaded', async () => {
    const { collection, visitor } = await loggedIn()
    const store = newStore({ uri: await uriWithPathErrors(), collection, awaitTouch: true })
    await store.touch(visitor.sid, sessionData({}, 3_600_000))
    const found = (await store.get(visitor.sid))!
    expect(found).toMatchObject({ user: 'ann' })
    expect(Number(new Date(found.cookie.expires!))).toBeGreaterThan(Date.now() + 3_000_000)
  })
})

describe('a collection of ours', () => {
  for (const name of ['connect-mongodb-session', 'connect-mongo with stringify: false']) {
    itWith(name, `is read, written and read again by ${name}`, async () => {
      const collection = uniqueName()
      const store = newStore({ collection, awaitTouch: true })
      const ours = (await newApp(store, { cookie })).newVisitor()
      await ours.json('/login/ann')
      const moved = await moveIn(ours, theirs[name]!(collection))
      expect(await moved.json('/count')).toMatchObject({ user: 'ann', views: 1 })
      expect(await ours.json('/count')).toMatchObject({ user: 'ann', views: 2 })
    })
  }

  it('has the fields and the index that connect-mongodb-session makes', async () => {
    const [mine, other] = [uniqueName(), uniqueName()]
    const store = await newStore({ collection: mine }).ready()
    const their = theirs['connect-mongodb-session']!(other) as ConnectMongoDBSession & typeof store
    await their.initialConnectionPromise // its index is there
    const data = { cookie: { originalMaxAge: 1000, expires: new Date(Date.now() + 1000) }, a: 1 }
    await store.set('a', data as never)
    await new Promise((resolve) => their.set('a', data as never, resolve))
    const [ourRecord, theirRecord] = await Promise.all([
      store.collection.findOne(),
      their.collection.findOne(),
    ])
    expect(ourRecord).toEqual(theirRecord)
    const definition = ({ key, name, expireAfterSeconds }: Record<string, unknown>) => ({
      key,
      name,
      expireAfterSeconds,
    })
    expect((await store.collection.indexes()).map(definition)).toEqual(
      (await their.collection.indexes()).map(definition),
    )
  })
})

describe('a record that connect-mongo has encrypted', () => {
  itWith('connect-mongo', 'is an error that says what it is', async () => {
    const collection = uniqueName()
    const crypto = { secret: 'squirrel' }
    const old = connectMongoClosedLater(
      MongoStore.create({ mongoUrl: uri, collectionName: collection, crypto }),
    )
    const visitor = (await newApp(old, { cookie })).newVisitor()
    await visitor.json('/login/ann')
    await expect(newStore({ collection, awaitTouch: true }).get(visitor.sid)).rejects.toMatchObject(
      {
        code: 'ERR_MONGODB_STORE_RECORD',
        message: expect.stringMatching(/encrypted/),
      },
    )
  })
})

describe("connect-mongodb-session's documented use, with one line changed", () => {
  const connect: (session: unknown) => typeof import('../../src').MongoDBStore =
    require('../../src')

  it('works with options alone, and an error listener', async () => {
    const MongoDBStore = connect(session)
    const store = closedLater(new MongoDBStore({ uri, collection: uniqueName('mySessions') }))
    const heard: unknown[] = []
    store.on('error', (error: unknown) => heard.push(error))
    const visitor = (await newApp(store, { resave: true, saveUninitialized: true })).newVisitor()
    await visitor.json('/count')
    expect(await visitor.json('/count')).toMatchObject({ views: 2 })
    expect(heard).toEqual([])
  })

  it('works with every option and the callback', async () => {
    const MongoDBStore = connect(session)
    const started = new Promise<unknown[]>((resolve) => {
      const options = {
        uri,
        databaseName: 'connect_mongodb_session_test',
        collection: uniqueName('mySessions'),
        idField: 'sid',
        expires: 1000 * 60 * 60 * 24 * 30,
        expiresKey: 'endsAt',
        expiresAfterSeconds: 1,
        connectionOptions: { serverSelectionTimeoutMS: 10_000 },
      }
      const store = closedLater(
        new MongoDBStore(options, (...args: unknown[]) => resolve([store, ...args])),
      )
    })
    const [store, ...args] = (await started) as [ReturnType<typeof newStore>]
    expect(args).toEqual([])
    expect(store.db!.databaseName).toBe('connect_mongodb_session_test')
    const visitor = (await newApp(store)).newVisitor()
    await visitor.json('/count')
    const record = await store.collection.findOne()
    expect(record).toMatchObject({ sid: visitor.sid, endsAt: expect.any(Date) })
    expect(typeof record!._id).toBe('object')
  })

  it('takes a callback alone', async () => {
    const error = await new Promise((resolve) => {
      // No server at the default address: the callback hears of it
      const store = closedLater(
        new (connect(session))({ uri: NOWHERE, connectionOptions: QUICKLY }, resolve),
      )
      expect(store.options.collection).toBe('sessions')
    })
    expect(error).toMatchObject({ message: expect.stringMatching(/^Error connecting to db: /) })
  })

  it('says what to do where it is called with anything but express-session', () => {
    expect(() => connect({ uri })).toThrow(/express-session/)
    expect(() => connect(undefined)).toThrow(/express-session/)
  })
})

const NOWHERE = 'mongodb://127.0.0.1:9/test'
const QUICKLY = { serverSelectionTimeoutMS: 50 }
