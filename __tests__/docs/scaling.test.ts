/** docs/scaling.md: its settings do what it says, and its figures are those of the last benchmark. */
import express from 'express'
import session, { type SessionData } from 'express-session'
import { Mongoose } from 'mongoose'
import { closedLater, MongoDBStore, newStore, sessionData, uniqueName } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { examplesOf, pageUri } from './support/examples'
import { read } from './support/pages'
import type * as Surroundings from './surroundings/scaling'

const page = examplesOf<typeof Surroundings>('docs/scaling.md')
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

async function storeOf(heading: string, index = 0) {
  const mongoose = new Mongoose() as typeof Surroundings.mongoose
  await mongoose.connect(pageUri, { monitorCommands: true })
  closedLater({ close: () => mongoose.disconnect() })
  const given = { mongoose, MongoDBStore, MINUTE, HOUR, DAY }
  const { store } = (await page.run(heading, given, index)) as { store: MongoDBStore }
  return closedLater(store).ready()
}

it('the figures are those of the last benchmark; `npm run docs` puts them there', () => {
  const { withFigures } = require('../../bench/report/figures') as {
    withFigures(page: string, run: unknown): string
  }
  const text = read('docs/scaling.md')
  const run = JSON.parse(read('docs/benchmarks/results.json')) as { results: object }
  expect(withFigures(text, run)).toBe(text)
  expect(withFigures(text, { ...run, results: {} })).not.toBe(text)
})

it('How many sessions one server holds: a record has the size that the page says', async () => {
  const { spaceOf } = require('../../bench/report/space') as {
    spaceOf(bytes: number): { record: number }
  }
  const { sampleSession } = require('../../bench/sample-session') as {
    sampleSession(bytes: number): object
  }
  const app = express()
  const store = newStore()
  const cookie = { maxAge: 2 ** 33, secure: 'auto' } as const
  app.use(session({ secret: 'a', resave: false, saveUninitialized: false, cookie, store }))
  app.get('/', (req, res) => void res.json(Object.assign(req.session, sampleSession(300))))
  const { address } = closedLater(await serve(app))
  await new Visitor(address).visit('/')
  const stored = (await store.collection.findOne({}, { raw: true })) as unknown as Uint8Array
  expect(Math.abs(stored.length - spaceOf(300).record)).toBeLessThan(50)
})

it('Removal of expired sessions: as many as the formula says', () => {
  const section = read('docs/scaling.md').split('<!-- figures: removal -->')[1] as string
  const rows = section.split('<!-- figures: end -->')[0]?.trim().split('\n').slice(2) ?? []
  const seconds: Record<string, number> = { 'an hour': 3600, 'a day': 86_400, '14 days': 1_209_600 }
  expect(rows.length).toBeGreaterThan(1)
  for (const row of rows) {
    const [sessions, lives, removed, atOnce] = row
      .split('|')
      .slice(1)
      .map((cell) => cell.trim())
    const rate = Number(sessions) / (seconds[lives as string] as number)
    expect(Number(removed) / rate).toBeCloseTo(1, 1)
    expect(Number(atOnce) / (60 * rate)).toBeCloseTo(1, 1)
  }
})

it('Indexes that you make: all of them, by the model', async () => {
  // A TTL index is not every server's
  const options = { createIndexes: false, idField: 'sid', autoRemove: 'interval' } as const
  const store = await newStore(options).ready()
  await page.run('Indexes that you make', { store })
  const names = (await store.collection.indexes()).map(({ name }) => name)
  expect(names).toEqual(['_id_', 'sid_1', 'expires_1'])
  expect(await store.model.diffIndexes()).toEqual({ toDrop: [], toCreate: [] })
})

it('Fewer writes: of the touches of a minute one is written', async () => {
  const store = await storeOf('Fewer writes')
  const sid = uniqueName()
  await store.set(sid, sessionData({}, HOUR))
  const commands: string[] = []
  store.client?.on('commandStarted', ({ commandName }) => commands.push(commandName))
  for (const moved of [0, MINUTE / 2, MINUTE]) {
    const session = (await store.get(sid)) as SessionData
    session.cookie.expires = new Date(Date.now() + HOUR + moved)
    await store.touch(sid, session)
  }
  expect(commands).toEqual(['find', 'find', 'find', 'update'])
})

it('Fewer writes: who is not logged in has a shorter session', async () => {
  const store = await storeOf('Fewer writes', 1)
  const [visitor, user] = [uniqueName(), uniqueName()]
  await store.set(visitor, sessionData({}, null))
  await store.set(user, sessionData({ userId: 'ada' }, null))
  const lifetime = async (sid: string) =>
    Number((await store.model.findById(sid))?.expires) - Date.now()
  expect((await lifetime(visitor)) / HOUR).toBeCloseTo(1, 1)
  expect((await lifetime(user)) / DAY).toBeCloseTo(14, 1)
})

it('The pool of connections: as large as the store is told', async () => {
  const { client } = await storeOf('The pool of connections')
  expect(client?.options).toMatchObject({ maxPoolSize: 20, waitQueueTimeoutMS: 2000 })
})

it('Replica sets: what the store reads and writes has these concerns', async () => {
  const store = await storeOf('Replica sets')
  expect(store.client?.options.serverSelectionTimeoutMS).toBe(5000)
  expect(store.collection.writeConcern?.w).toBe('majority')
  expect(store.collection.readPreference?.mode).toBe('primary')
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
