/** From connect-mongo to ours, and back: each step of docs/migration.md. */

import { mongo, Schema } from 'mongoose'
import { connectMongoClosedLater } from '../support/other-stores'
import { closedLater, itIfServerHas, MongoDBStore, newConnection, uri } from '../support/server'
import { moved, newStore, steps } from './from-connect-mongo'
import { ann, open } from './shop'

/** How connect-mongo stores a session, and as what its users' Dates come out of it. */
const forms: [string, object, string][] = [
  ['as it is by default', {}, 'string'],
  ['with stringify: false', { stringify: false }, 'Date'],
  ['with touchAfter', { touchAfter: 3600 }, 'string'],
  ['with touchAfter and stringify: false', { touchAfter: 3600, stringify: false }, 'Date'],
  ['with autoRemove: interval', { autoRemove: 'interval' }, 'string'],
]

describe.each(forms)('a collection of connect-mongo, %s', (_name, options, type) => {
  it('keeps its users logged in, with their Dates as they were', async () => {
    const { old, visitor, record } = await moved(options)
    const known = await old.json('/me')
    expect(known).toMatchObject({ user: 'ann', cart: ['tea'], type })
    const { session } = (await record())!
    expect(await visitor.json('/me')).toEqual(known)
    expect(typeof (await record())!.session).toBe(typeof session)
  })

  it('is written to by ours as objects, and a logout ends the session', async () => {
    const { store, visitor, record } = await moved(options)
    await visitor.json('/buy/milk')
    expect(await record()).toMatchObject({ session: { user: 'ann', cart: ['tea', 'milk'] } })
    expect(await visitor.json('/me')).toMatchObject({ user: 'ann', cart: ['tea', 'milk'], type })
    await visitor.json('/logout')
    expect(await store.collection.countDocuments()).toBe(0)
    expect(await visitor.json('/me')).not.toHaveProperty('user')
  })
})

describe('a Date', () => {
  it('that is put into a session after the move comes back as a Date', async () => {
    const { after } = await moved()
    expect(await (await ann(after)).json('/me')).toMatchObject({ type: 'Date' })
  })
})

describe('an ObjectId', () => {
  it('that is put into a session after the move is one, and no longer its text', async () => {
    const { store } = await moved()
    const id = new mongo.ObjectId()
    await store.set('a', { cookie: {}, userId: id } as never)
    const { userId } = (await store.get('a')) as unknown as { userId: unknown }
    expect(userId).toBeInstanceOf(mongo.ObjectId)
    expect(userId === String(id)).toBe(false)
    expect(String(userId) === String(id)).toBe(true)
  })
})

describe("connect-mongo's further fields", () => {
  it('lastModified, of touchAfter, stays in the record and disturbs nobody', async () => {
    const { visitor, record, before } = await moved({ touchAfter: 3600, stringify: false })
    const { lastModified } = (await record())!
    expect(lastModified).toBeInstanceOf(Date)
    await visitor.json('/buy/milk')
    expect(await record()).toMatchObject({ lastModified, session: { cart: ['tea', 'milk'] } })
    expect((await record())!.session).not.toHaveProperty('lastModified')
    expect(await before.welcome(visitor).json('/me')).toMatchObject({ cart: ['tea', 'milk'] })
  })

  it('createdAt and updatedAt stay in the record and disturb nobody', async () => {
    const { visitor, record, store } = await moved()
    const times = { createdAt: new Date(1), updatedAt: new Date(2) }
    await store.collection.updateOne({}, { $set: times })
    await visitor.json('/buy/milk')
    expect(await visitor.json('/me')).toMatchObject({ user: 'ann', cart: ['tea', 'milk'] })
    expect(await record()).toMatchObject(times)
  })

  itIfServerHas('currentDate', 'timestamps are those of the last write by it', async () => {
    const { visitor, record } = await moved({ timestamps: true })
    const { createdAt, updatedAt } = (await record())!
    expect([createdAt, updatedAt]).toEqual([expect.any(Date), expect.any(Date)])
    await visitor.json('/buy/milk')
    expect(await record()).toMatchObject({ createdAt, updatedAt, session: { user: 'ann' } })
  })
})

describe('options that are another thing here', () => {
  it('timestamps are those of the schema of a model', async () => {
    const { collection, old } = await moved()
    const paths = { _id: String, session: {}, expires: Date }
    const schema = new Schema(paths, { timestamps: true, minimize: false, versionKey: false })
    const model = (await newConnection()).model('Visit', schema, collection)
    const shop = await open(closedLater(new MongoDBStore({ model })))
    const visitor = shop.welcome(old)
    await visitor.json('/buy/milk')
    expect(await visitor.json('/me')).toMatchObject({ user: 'ann', cart: ['tea', 'milk'] })
    const own = await ann(shop)
    for (const { sid } of [visitor, own]) {
      expect(await model.findById(sid).lean()).toMatchObject({ updatedAt: expect.any(Date) })
    }
    expect(await model.findById(own.sid).lean()).toMatchObject({ createdAt: expect.any(Date) })
  })

  it('writeOperationOptions are the writeConcern of connectionOptions', async () => {
    const { collection, old } = await moved()
    const connectionOptions = { monitorCommands: true, writeConcern: { w: 1, j: true } }
    const store = await newStore({ uri, collection, connectionOptions }).ready()
    const concerns: unknown[] = []
    store.client!.on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'update') concerns.push(command.writeConcern)
    })
    await (await open(store)).welcome(old).json('/buy/milk')
    expect(concerns).toEqual([{ w: 1, j: true }])
  })
})

describe('going back to connect-mongo', () => {
  it('with stringify: false works, for what was never stored as a string', async () => {
    const { before, after, visitor } = await moved({ stringify: false })
    await visitor.json('/buy/milk')
    const cart = { user: 'ann', cart: ['tea', 'milk'], type: 'Date' }
    expect(await before.welcome(visitor).json('/me')).toMatchObject(cart)
    expect(await before.welcome(await ann(after)).json('/me')).toMatchObject({ user: 'ann' })
  })

  it('as it is by default makes each request fail whose session ours has written', async () => {
    const { before, visitor } = await moved()
    await visitor.json('/me')
    expect(await before.welcome(visitor).json('/me')).toMatchObject({ user: 'ann' })
    await visitor.json('/buy/milk')
    const { status, body } = await before.welcome(visitor).visit('/me')
    expect(status).toBe(500)
    expect(JSON.parse(body)).toMatchObject({ name: 'SyntaxError' })
  })

  it('works with the two functions of the guide, whoever has written the session', async () => {
    const { collection, old, after, visitor } = await moved()
    const bill = await ann(after)
    await bill.json('/buy/milk')
    const back = await open(connectMongoClosedLater(steps.backAgain({ uri, collection })))
    expect(await back.welcome(old).json('/me')).toMatchObject({ user: 'ann', type: 'string' })
    const returned = back.welcome(bill)
    expect(await returned.json('/me')).toMatchObject({ cart: ['tea', 'milk'], type: 'Date' })
    await returned.json('/buy/eggs')
    expect(await returned.json('/me')).toMatchObject({ cart: ['tea', 'milk', 'eggs'] })
    await visitor.json('/logout')
    expect(await back.welcome(old).json('/me')).not.toHaveProperty('user')
  })
})

describe('a rolling deploy', () => {
  it('with stringify: false needs nothing', async () => {
    const { old, visitor } = await moved({ stringify: false })
    await visitor.json('/buy/milk')
    await old.json('/buy/eggs')
    await visitor.json('/buy/salt')
    const cart = { user: 'ann', cart: ['tea', 'milk', 'eggs', 'salt'], type: 'Date' }
    expect(await old.json('/me')).toMatchObject(cart)
    await old.json('/logout')
    expect(await visitor.json('/me')).not.toHaveProperty('user')
  })

  it('as it is by default works where ours writes JSON for as long as both run', async () => {
    const { old, collection } = await moved()
    const during = await open(closedLater(steps.inTheirForm({ uri, collection })))
    const visitor = during.welcome(old)
    await visitor.json('/buy/milk')
    await old.json('/buy/eggs')
    await visitor.json('/me')
    const cart = { user: 'ann', cart: ['tea', 'milk', 'eggs'], type: 'string' }
    expect(await old.json('/me')).toMatchObject(cart)
    expect(await visitor.json('/me')).toMatchObject(cart)
    await visitor.json('/logout')
    expect(await old.json('/me')).not.toHaveProperty('user')
  })

  it('of the second step, from JSON to objects, works as well', async () => {
    const { old, collection, visitor } = await moved()
    const during = (await open(closedLater(steps.inTheirForm({ uri, collection })))).welcome(old)
    await visitor.json('/buy/milk')
    await during.json('/buy/eggs')
    await visitor.json('/buy/salt')
    const cart = { user: 'ann', cart: ['tea', 'milk', 'eggs', 'salt'] }
    expect(await during.json('/me')).toMatchObject(cart)
    expect(await visitor.json('/me')).toMatchObject(cart)
  })
})

it('users of connect-mongo stay logged in on the MongoClient of the app', async () => {
  const { collection, old } = await moved()
  const client = closedLater(await mongo.MongoClient.connect(uri))
  const store: MongoDBStore = closedLater(steps.onTheAppsClient({ client, collection }))
  const visitor = (await open(store)).welcome(old)
  expect(await visitor.json('/me')).toMatchObject({ user: 'ann', cart: ['tea'] })
  await store.close()
  expect(await client.db().collection(collection).countDocuments()).toBe(1)
})
