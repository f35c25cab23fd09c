/** docs/scaling.md: its settings do what it says, and its figures are those of the last benchmark. */
import type { SessionData } from 'express-session'
import { Mongoose } from 'mongoose'
import { closedLater, MongoDBStore, sessionData, uniqueName, uri } from '../support/server'
import { examplesOf } from './support/examples'
import { read } from './support/pages'
import type * as Surroundings from './surroundings/scaling'

const page = examplesOf<typeof Surroundings>('docs/scaling.md')
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

async function storeOf(heading: string, index = 0) {
  const mongoose = new Mongoose() as typeof Surroundings.mongoose
  await mongoose.connect(uri, { monitorCommands: true })
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
