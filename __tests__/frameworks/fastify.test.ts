/** The Fastify app of the guide. */
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import session from 'express-session'
import Fastify, { type FastifyRequest } from 'fastify'
import { Gate } from '../support/app'
import {
  closedLater,
  type MongoDBStore,
  newConnection,
  newStore,
  uniqueName,
} from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { createApp as createExpressApp } from './apps/express'
import { createApp } from './apps/fastify'
import { keepsThePromises, SECRET } from './promises'

type Params = { Params: { key: string; value: string } }

async function start(store: MongoDBStore = newStore()) {
  const app = closedLater(await createApp(store, SECRET))
  const gate = new Gate()
  const set = async ({ session, params }: FastifyRequest<Params>) => {
    Object.assign(session, { [params.key]: params.value })
    return session
  }
  app.post<Params>('/set/:key/:value', set)
  app.post<Params>('/slow/set/:key/:value', async (request) => {
    await gate.pass()
    return set(request)
  })
  app.post<Params>('/delete/:key', async ({ session, params }) => {
    Reflect.deleteProperty(session, params.key)
    return session
  })
  app.post<Params>('/slow/reload/:key/:value', async (request) => {
    await gate.pass()
    await request.session.reload()
    return set(request)
  })
  app.post<Params>('/slow/saved/:key/:value', async (request) => {
    await set(request)
    await request.session.save()
    await gate.pass()
    return set(request)
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { store, gate, newVisitor: () => new Visitor(address) }
}

keepsThePromises(start)

const BODY = { a: 'body' }

const loggedIn = async () => {
  const running = await start()
  const visitor = running.newVisitor()
  await visitor.post('/login/ann')
  return { ...running, visitor, tab: visitor.copy() }
}

it('a request that only reads brings nothing back that another deleted', async () => {
  const { store, gate, visitor, tab } = await loggedIn()
  await visitor.post('/set/flash/hello')
  const slow = tab.post('/slow/set/user/ann') // as it is already
  await gate.arrival()
  await visitor.post('/delete/flash')
  gate.open()
  await slow
  expect(await store.get(visitor.sid)).not.toHaveProperty('flash')
})

it('a logout during a request that reloads its session stays a logout', async () => {
  const { store, gate, visitor, tab } = await loggedIn()
  const { sid } = visitor
  const slow = tab.post('/slow/reload/late/yes', BODY)
  await gate.arrival()
  await visitor.post('/logout')
  gate.open()
  await slow
  expect(await store.model.countDocuments({ _id: sid })).toBe(0)
})

it('what another request set is there after reload, and stays', async () => {
  const { store, gate, visitor, tab } = await loggedIn()
  const slow = tab.post('/slow/reload/one/1', BODY)
  await gate.arrival()
  await visitor.post('/set/two/2', BODY)
  gate.open()
  expect(await slow).toMatchObject({ two: '2' })
  expect(await store.get(visitor.sid)).toMatchObject({ user: 'ann', one: '1', two: '2' })
})

it('a request that saves twice keeps what another did in between', async () => {
  const { store, gate, visitor, tab } = await loggedIn()
  await visitor.post('/set/flash/hello')
  const slow = tab.post('/slow/saved/one/1', BODY)
  await gate.arrival()
  await visitor.post('/set/two/2', BODY)
  await visitor.post('/delete/flash', BODY)
  gate.open()
  await slow
  const stored = await store.get(visitor.sid)
  expect(stored).toMatchObject({ user: 'ann', one: '1', two: '2' })
  expect(stored).not.toHaveProperty('flash')
})

it('many requests at once each keep their change', async () => {
  const { store, gate, visitor } = await loggedIn()
  const keys = Array.from({ length: 20 }, (_, i) => `key${i}`)
  const requests = keys.map((key) => visitor.copy().post(`/slow/set/${key}/yes`, BODY))
  await gate.arrival(keys.length)
  gate.open()
  await Promise.all(requests)
  expect(await store.get(visitor.sid)).toMatchObject(
    Object.fromEntries(keys.map((key) => [key, 'yes'])),
  )
})

it('a key of the data that a session has for itself is kept', async () => {
  const { store, visitor } = await loggedIn()
  await store.model.updateOne({ _id: visitor.sid }, { 'session.sessionId': 'of another program' })
  await visitor.post('/set/one/1', BODY)
  expect(await store.get(visitor.sid)).toMatchObject({ one: '1', sessionId: 'of another program' })
})

it('a visitor who comes back stays logged in beyond maxAge', async () => {
  const { store, visitor } = await loggedIn()
  const almostOver = new Date(Date.now() + 1000)
  await store.model.updateOne({ _id: visitor.sid }, { expires: almostOver })
  await visitor.json('/')
  const { expires } = (await store.model.findById(visitor.sid).lean())!
  expect(Number(expires)).toBeGreaterThan(Date.now() + 13 * 24 * 60 * 60 * 1000)
})

it('a session that expired is none', async () => {
  const { store, visitor } = await loggedIn()
  await store.model.updateOne({ _id: visitor.sid }, { expires: new Date(Date.now() - 1) })
  expect(await visitor.json('/')).not.toHaveProperty('user')
})

it('a store that is closed gives the visitor an error that says so', async () => {
  const { store, visitor } = await loggedIn()
  await store.close()
  const { status, body } = await visitor.visit('/')
  expect(status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
})

it('without `rolling`, a request that changes nothing writes nothing', async () => {
  const store = newStore()
  const app = Fastify().register(fastifyCookie)
  closedLater(app).register(fastifySession, {
    store,
    secret: SECRET,
    rolling: false,
    cookie: { secure: 'auto', maxAge: 60_000 },
  })
  app.get('/', async (request) => request.session.sessionId)
  const visitor = new Visitor(await app.listen({ port: 0, host: '127.0.0.1' }))
  await visitor.visit('/')
  const { expires } = (await store.model.findById(visitor.sid).lean())!
  await visitor.visit('/')
  expect(await store.model.findById(visitor.sid).lean()).toMatchObject({ expires })
})

it("shares a session with Express, given Express's name and prefix of the cookie", async () => {
  const connection = await newConnection()
  const collection = uniqueName()
  const express = createExpressApp(newStore({ connection, collection }), SECRET)
  const visitor = new Visitor(closedLater(await serve(express)).address)
  await visitor.post('/login/ann')
  expect(await visitor.json('/')).toEqual({ user: 'ann', views: 1 })

  const app = closedLater(Fastify()).register(fastifyCookie)
  app.register(fastifySession, {
    store: newStore({ connection, collection }),
    secret: SECRET,
    cookieName: 'connect.sid',
    cookiePrefix: 's:',
    cookie: { secure: 'auto' },
  })
  app.get('/', async ({ session }) => {
    session.views = (session.views ?? 0) + 1
    return session
  })
  const atFastify = new Visitor(await app.listen({ port: 0, host: '127.0.0.1' }))
  atFastify.cookie = visitor.cookie
  expect(await atFastify.json('/')).toMatchObject({ user: 'ann', views: 2 })
  expect(atFastify.cookie).toBe(visitor.cookie)
  expect(await visitor.json('/')).toEqual({ user: 'ann', views: 3 })
})

// What the guide says of it
it('a store that express-session uses as well writes whole sessions of Fastify', async () => {
  const store = newStore()
  session({ store, secret: SECRET, resave: false, saveUninitialized: false })
  const { gate, newVisitor } = await start(store)
  const visitor = newVisitor()
  await visitor.post('/login/ann')
  const slow = visitor.copy().post('/slow/set/one/1', BODY)
  await gate.arrival()
  await visitor.post('/set/two/2', BODY)
  gate.open()
  await slow
  expect(await store.get(visitor.sid)).not.toHaveProperty('two')
})
