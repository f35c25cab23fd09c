/** Events for what a process does to its sessions, as connect-mongo has them. */
import { once } from 'node:events'
import mongoose from 'mongoose'
import { newApp } from '../support/app'
import {
  type MongoDBStore,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

const EVENTS = ['create', 'update', 'touch', 'destroy'] as const

function heard(store: MongoDBStore): string[] {
  const events: string[] = []
  for (const event of EVENTS) store.on(event, (sid) => events.push(`${event} ${sid}`))
  return events
}

const hooked = async (): Promise<Options> => {
  const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
  schema.pre('updateOne', () => {})
  const model = (await newConnection()).model('Visit', schema, uniqueName())
  return { model } as never
}

const FORMS: [string, () => Options | Promise<Options>][] = [
  ['batched', () => ({})],
  ['not batched', () => ({ batch: false })],
  ['with hooks', hooked],
  ['with another idField', () => ({ idField: 'sid' })],
  ['with ids that are not stored', () => ({ transformId: (sid) => `${sid} stored` })],
]

describe.each(FORMS)('%s', (_name, options) => {
  it('each tells of one session, by the id of its cookie', async () => {
    const store = newStore(await options())
    await store.set('old', sessionData())
    const events = heard(store)
    await Promise.all([
      store.set('a', sessionData()),
      store.set('b', sessionData()),
      store.set('old', sessionData({ n: 1 })),
    ])
    expect(events.splice(0).sort()).toEqual(['create a', 'create b', 'update old'])
    await Promise.all([store.touch('a', sessionData({}, 90_000)), store.destroy('b')])
    expect(events.splice(0).sort()).toEqual(['destroy b', 'touch a'])
    expect(await store.get('a')).not.toBeNull()
    expect(await store.length()).toBe(2)
    expect(events).toEqual([])
  })

  it('of writes that queue up, each that is written tells', async () => {
    const store = newStore(await options())
    const events = heard(store)
    await Promise.all([1, 2, 3].map((n) => store.set('a', sessionData({ n }))))
    expect(events.splice(0)).toEqual(['create a', 'update a', 'update a'])
  })
})

it('a touch that is spared, and a write that fails, tell nothing', async () => {
  const store = newStore({ touchAfter: 30_000 } as Options)
  store.on('error', () => {})
  await store.set('a', sessionData())
  const session = (await store.get('a')) as never
  const events = heard(store)
  await store.touch('a', session)
  await store.set('b', sessionData({ big: 1n })).catch(() => {})
  expect(events).toEqual([])
})

it('neither the promise nor the callback of a write has a result', async () => {
  const store = newStore()
  expect(await store.set('a', sessionData())).toBeUndefined()
  expect(await store.touch('a', sessionData({}, 90_000))).toBeUndefined()
  expect(await store.destroy('a')).toBeUndefined()
  const args = await new Promise((resolve) => {
    store.set('a', sessionData(), ((...all: unknown[]) => resolve(all)) as never)
  })
  expect(args).toEqual([null, undefined])
})

it('an app hears of a login and a logout', async () => {
  const store = newStore()
  const visitor = (await newApp(store)).newVisitor()
  const created = once(store, 'create')
  await visitor.json('/login/ada')
  const { sid } = visitor
  expect(await created).toEqual([sid])
  const destroyed = once(store, 'destroy')
  await visitor.json('/logout')
  expect(await destroyed).toEqual([sid])
})
