/** docs/errors.md: it has every code and no other, and its example does what it says. */
import express from 'express'
import session from 'express-session'
import { Mongoose } from 'mongoose'
import type { MongoDBStoreErrorCode } from '../../src'
import { closedLater, MongoDBStore, newStore, next, sessionData } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { examplesOf, pageUri } from './support/examples'
import { allPages, read } from './support/pages'

const page = examplesOf<typeof import('./surroundings/errors')>('docs/errors.md')

function codesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code]) => code as string).sort()
}

const [, union = ''] = read('src/errors.ts').split('export type MongoDBStoreErrorCode =')
const codes = codesIn(union.split('\n\n')[0] as string, /\| '(\w+)'/g)
  .map((code) => `ERR_MONGODB_STORE_${code}`)
  .sort()

it('has a row for every code, and for none that does not exist', () => {
  expect(codes).toContain('ERR_MONGODB_STORE_GET' satisfies MongoDBStoreErrorCode)
  expect(codesIn(read('docs/errors.md'), /^\| `(ERR_\w+)` \| \S.* \| \S.* \|$/gm)).toEqual(codes)
})

it('names no code that does not exist on any page', () => {
  for (const name of allPages()) {
    expect(codes).toEqual(
      expect.arrayContaining(codesIn(read(name), /\b(ERR_MONGODB_STORE_\w+)\b/g)),
    )
  }
})

it('the example logs what goes wrong, and answers 503 where a session cannot be had', async () => {
  // By which no server has anything to warn of
  const store = newStore({ autoRemove: 'interval' })
  await store.ready()
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store }))
  app.get('/', (req, res) => {
    req.session.views = 1
    res.json({})
  })
  app.get('/unstorable', (req, res) => {
    // Deeper than the store goes, and JSON.stringify, which express-session needs, goes on
    req.session.deep = JSON.parse('['.repeat(200) + ']'.repeat(200))
    res.json({ whole: 'answer' })
  })
  app.get('/other', () => {
    throw new Error('of the app')
  })
  app.get('/driver', () => {
    // As the driver's, whose code is a number
    throw Object.assign(new Error('of the driver'), { code: 11000 })
  })
  const logged: object[] = []
  const logger = {
    error: (e: object) => void logged.push(e),
    warn: (e: object) => void logged.push(e),
  }
  await page.run('Errors', { app, store, logger })
  const passedOn: unknown[] = []
  app.use(((error, _req, res, _next) => {
    passedOn.push(error)
    res.status(500).end()
  }) as express.ErrorRequestHandler)
  const visitor = new Visitor(closedLater(await serve(app)).address)
  expect((await visitor.visit('/')).status).toBe(200)
  expect((await visitor.visit('/other')).status).toBe(500)
  expect((await visitor.visit('/driver')).status).toBe(500)

  const failed = next(store, 'error')
  expect(await visitor.visit('/unstorable')).toMatchObject({
    status: 200,
    body: '{"whole":"answer"}',
  })
  await failed
  expect(logged.splice(0)).toMatchObject([{ code: 'ERR_MONGODB_STORE_SESSION' }])

  await store.collection.updateOne({}, { $set: { session: 'no session' } })
  const error = next(store, 'error')
  expect(await visitor.visit('/')).toMatchObject({
    status: 503,
    body: expect.stringMatching(/again/),
  })
  await error
  expect(logged).toMatchObject([{ code: 'ERR_MONGODB_STORE_RECORD' }])
  expect(await store.all()).toEqual([])
  await new Promise(process.nextTick)
  expect(passedOn).toMatchObject([{ message: 'of the app' }, { code: 11000 }])
  expect(logged).toMatchObject([{}, { code: 'ERR_MONGODB_STORE_RECORD' }])
})

it('finds the session of a message by its hash, and removes it', async () => {
  const store = newStore()
  for (const sid of ['a', 'b']) await store.set(sid, sessionData())
  await store.collection.updateOne({ _id: 'a' as never }, { $set: { session: 'no session' } })
  const { message } = (await store.get('a').catch((error: unknown) => error as Error)) as Error
  await page.run('Errors', { store, message }, 1)
  expect(await store.collection.distinct('_id')).toEqual(['b'])
})

it("OverwriteModelError: comes where the app's model is second, and no more with another name", async () => {
  const mongoose = new Mongoose()
  await mongoose.connect(pageUri)
  closedLater({ close: () => mongoose.disconnect() })
  const before = newStore({ connection: mongoose.connection })
  const schema = new mongoose.Schema({ startsAt: Date })
  expect(() => mongoose.model('Session', schema)).toThrow(
    expect.objectContaining({ name: 'OverwriteModelError' }),
  )
  await before.close()
  mongoose.deleteModel('Session')
  const given = { mongoose: mongoose as never, MongoDBStore }
  const { store, Session } = (await page.run('`OverwriteModelError`', given)) as {
    store: MongoDBStore
    Session: unknown
  }
  closedLater(store)
  await store.set('a', sessionData({ views: 1 }))
  expect(await store.get('a')).toMatchObject({ views: 1 })
  expect(mongoose.model('Session')).toBe(Session)
  await store.destroy('a')
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
