/** What a store traces by `node:diagnostics_channel`. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { tracingChannel } from 'node:diagnostics_channel'
import type { OperationMessage } from '../../src'
import { nodeProcess } from '../support/node-process'
import { OPERATIONS } from '../support/operations'
import { newStore, sessionData } from '../support/server'

type Message = OperationMessage & { error?: { code: string }; result?: unknown }

const channelOf = (name: string) => tracingChannel(`express-mongoose-session:${name}`)
const ended: Message[] = []
const failed: Message[] = []
const listeners = {
  start() {},
  end() {},
  asyncStart() {},
  asyncEnd: (message: object) => void ended.push(message as Message),
  error: (message: object) => void failed.push(message as Message),
}

beforeEach(() => {
  ended.length = 0
  failed.length = 0
  for (const name of OPERATIONS) channelOf(name).subscribe(listeners)
})
afterEach(() => {
  for (const name of OPERATIONS) channelOf(name).unsubscribe(listeners)
})

it('traces each operation, and never its result', async () => {
  const store = newStore()
  await store.set('a', sessionData())
  await store.get('a')
  await store.touch('a', sessionData())
  await store.destroy('a')
  await store.destroyMany({ _id: 'a' })
  await store.all()
  await store.length()
  await store.clear()
  await store.recomputeFields()
  const names = ended.map(({ operation }) => operation)
  expect(names.sort()).toEqual([...OPERATIONS].sort())
  const sidHash = createHash('sha256').update('a').digest('hex').slice(0, 16)
  for (const { operation, collection, sidHash: given, result } of ended) {
    expect(collection).toBe(store.model.collection.collectionName)
    expect(given).toBe(['get', 'set', 'touch', 'destroy'].includes(operation) ? sidHash : undefined)
    expect(result).toBeUndefined()
  }
  expect(failed).toEqual([])
})

it('answers a callback as ever, also one of a touch, which is answered early', async () => {
  const store = newStore()
  await store.set('a', sessionData({ views: 1 }))
  const answer = (method: 'get' | 'touch') =>
    new Promise((resolve) => {
      const callback = (...args: unknown[]) => resolve(args)
      if (method === 'get') store.get('a', callback)
      else store.touch('a', sessionData(), callback)
    })
  expect(await answer('get')).toMatchObject([null, { views: 1 }])
  expect(await answer('touch')).toEqual([null])
})

it('tells the error of a failure, which the caller gets as ever', async () => {
  const store = newStore()
  await expect(store.get('')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_SID' })
  await store.close()
  await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  const answer = await new Promise((resolve) => store.get('a', resolve))
  expect(answer).toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  expect(failed.map(({ error }) => error?.code)).toEqual([
    'ERR_MONGODB_STORE_SID',
    'ERR_MONGODB_STORE_CLOSED',
    'ERR_MONGODB_STORE_CLOSED',
  ])
})

it("traces in the caller's async context, also what goes out in a batch", async () => {
  const store = newStore()
  const requests = new AsyncLocalStorage<string>()
  const heard: unknown[] = []
  const listen = { asyncEnd: () => heard.push(requests.getStore()) }
  channelOf('get').subscribe(listen as never)
  await Promise.all(['one', 'two'].map((name) => requests.run(name, () => store.get('a'))))
  channelOf('get').unsubscribe(listen as never)
  expect(heard.sort()).toEqual(['one', 'two'])
})

it('with an `error` listener, a failed call whose promise nobody takes ends no process', async () => {
  const store = newStore()
  store.on('error', () => {})
  const unhandled: unknown[] = []
  const hear = (reason: unknown) => void unhandled.push(reason)
  nodeProcess.on('unhandledRejection', hear)
  void store.set('x', { big: 1n } as never)
  void store.destroyMany({} as never)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  nodeProcess.off('unhandledRejection', hear)
  expect(unhandled).toEqual([])
})
