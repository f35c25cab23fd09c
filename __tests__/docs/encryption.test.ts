/** What the examples of docs/encryption.md do. */
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import mongoose from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newStore,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { examplesOf } from './support/examples'

const page = examplesOf<typeof import('./surroundings/encryption')>('docs/encryption.md')
const [fresh, old] = [1, 2].map(() => randomBytes(32).toString('base64')) as [string, string]

/** A store with the new secret alone, and a session that was encrypted with the old one. */
async function afterALostSecret() {
  const collection = uniqueName()
  const before = newStore({ uri, collection, encryption: { secrets: old } })
  const store = newStore({ uri, collection, encryption: { secrets: fresh } })
  return { before, store }
}

it('a store that encrypts', async () => {
  process.env.SESSION_ENCRYPTION_SECRET = fresh
  await mongoose.connect(uri)
  const made: MongoDBStore[] = []
  const spied = new Proxy(MongoDBStore, {
    construct(target, args) {
      made.push(Reflect.construct(target, args) as MongoDBStore)
      return made[0] as MongoDBStore
    },
  })
  await page.run('Encrypted sessions', { mongoose, MongoDBStore: spied })
  const [store] = made as [MongoDBStore]
  const sid = uniqueName()
  await store.set(sid, sessionData({ card: '4111' }))
  const record = await store.collection.findOne({ _id: sid as never })
  expect(record?.session._bsontype).toBe('Binary')
  expect(await store.get(sid)).toMatchObject({ card: '4111' })
  await store.close()
  await mongoose.disconnect()
})

it('a visitor whose session cannot be read gets a new one', async () => {
  const { before, store } = await afterALostSecret()
  const appOn = async (on: MongoDBStore) => {
    const app = express()
    app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store: on }))
    app.get('/', (req, res) => {
      req.session.views = (req.session.views ?? 0) + 1
      res.json(req.session.views)
    })
    if (on === store) await page.run('When a session cannot be read', { app })
    return closedLater(await serve(app)).address
  }
  const [then, now] = [await appOn(before), await appOn(store)]
  const visitor = new Visitor(then)
  await visitor.visit('/')
  const headers = { cookie: visitor.cookie as string }
  const answer = await fetch(`${now}/`, { headers, redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/'])
  expect(answer.headers.get('set-cookie')).toMatch(/^connect\.sid=;.*Expires=Thu, 01 Jan 1970/)
  // And so the browser comes back without the cookie
  expect(await new Visitor(now).visit('/')).toMatchObject({ status: 200, body: '1' })
})

it('the sessions that cannot be read are removed, and the others stay', async () => {
  const { before, store } = await afterALostSecret()
  await before.set('lost', sessionData())
  await store.set('kept', sessionData())
  await page.run('When a session cannot be read', { store }, 1)
  expect(await store.collection.distinct('_id')).toEqual(['kept'])
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
