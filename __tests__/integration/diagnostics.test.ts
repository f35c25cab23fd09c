/** What a store tells by `node:diagnostics_channel`. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import mongoose from 'mongoose'
import type { OperationReport } from '../../src'
import { closedLater, newStore, sessionData, uniqueName, uri } from '../support/server'

const OPERATIONS = ['get', 'set', 'touch', 'destroy', 'destroyMany', 'all', 'length', 'clear']
const reports: OperationReport[] = []
const hear = (report: unknown) => void reports.push(report as OperationReport)

beforeEach(() => {
  reports.length = 0
  for (const name of OPERATIONS) subscribe(`express-mongoose-session:${name}`, hear)
})
afterEach(() => {
  for (const name of OPERATIONS) unsubscribe(`express-mongoose-session:${name}`, hear)
})

it('tells of each operation what it was, how long it took and how it ended', async () => {
  const store = newStore()
  const before = Date.now()
  await store.set('a', sessionData())
  await store.get('a')
  await store.touch('a', sessionData())
  await store.destroy('a')
  await store.destroyMany({ _id: 'a' })
  await store.all()
  await store.length()
  await store.clear()
  expect(reports.map(({ operation }) => operation)).toEqual([
    'set',
    'get',
    'touch',
    'destroy',
    'destroyMany',
    'all',
    'length',
    'clear',
  ])
  const sidHash = createHash('sha256').update('a').digest('hex').slice(0, 16)
  expect(reports.map((report) => report.sidHash)).toEqual([...Array(4).fill(sidHash), ...Array(4)])
  for (const { collection, duration, startTime, outcome, batchSize } of reports) {
    expect(batchSize).toBe(1)
    expect(collection).toBe(store.model.collection.collectionName)
    expect(duration).toBeGreaterThan(0)
    expect(startTime).toBeGreaterThanOrEqual(before)
    expect(outcome).toBe('ok')
  }
})

it('tells how many went out together, and 0 for what needed no query', async () => {
  const store = newStore({ touchAfter: 60_000 })
  await store.set('a', sessionData())
  reports.length = 0
  await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))
  const session = await store.get('a')
  await store.touch('a', session as never)
  expect(reports.map(({ batchSize }) => batchSize)).toEqual([3, 3, 3, 1, 0])
})

it('tells 1 of each where nothing is batched', async () => {
  const store = newStore({ batch: false })
  await Promise.all(['a', 'b'].map((sid) => store.get(sid)))
  expect(reports.map(({ batchSize }) => batchSize)).toEqual([1, 1])
})

it('tells 1 of each that goes by itself after others of its session', async () => {
  const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
  schema.pre('updateOne', () => {})
  const model = closedLater(mongoose.createConnection(uri)).model('Visit', schema, uniqueName())
  const store = await newStore({ model }).ready()
  const waiting = [1, 2].map((n) => store.set('a', sessionData({ n })))
  await Promise.all([...waiting, store.destroy('a'), store.set('a', sessionData())])
  expect(reports.map(({ batchSize }) => batchSize)).toEqual([1, 1, 1, 1])
})

it('keeps nothing for anyone when the last has ceased to listen, and begins anew', async () => {
  const store = newStore()
  await store.get('a')
  for (const name of OPERATIONS) unsubscribe(`express-mongoose-session:${name}`, hear)
  const [runs, ends] = (['run', 'disable'] as const).map((use) =>
    jest.spyOn(AsyncLocalStorage.prototype, use),
  )
  await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData())))
  await store.all()
  expect(runs).toHaveBeenCalledTimes(0)
  expect(ends).toHaveBeenCalledTimes(1)
  for (const spy of [runs, ends]) spy?.mockRestore()

  subscribe('express-mongoose-session:get', hear)
  reports.length = 0
  await Promise.all(['a', 'b'].map((sid) => store.get(sid)))
  expect(reports.map(({ batchSize }) => batchSize)).toEqual([2, 2])
})

it('tells the code of a failure', async () => {
  const store = newStore()
  await expect(store.get('')).rejects.toThrow()
  await store.close()
  await expect(store.get('a')).rejects.toThrow()
  expect(reports.map(({ outcome }) => outcome)).toEqual([
    'ERR_MONGODB_STORE_SID',
    'ERR_MONGODB_STORE_CLOSED',
  ])
})

it("tells it in the caller's async context, also of one in a batch, and before the answer", async () => {
  const store = newStore()
  const requests = new AsyncLocalStorage<string>()
  const heard: unknown[] = []
  const listen = () => heard.push(requests.getStore())
  subscribe('express-mongoose-session:get', listen)
  await Promise.all(
    ['one', 'two'].map((name) =>
      requests.run(name, async () => {
        await store.get('a')
        expect(heard).toContain(name)
      }),
    ),
  )
  unsubscribe('express-mongoose-session:get', listen)
  expect(heard.sort()).toEqual(['one', 'two'])
})
