/** Code of the app's that reads the collection itself: what becomes of it, and each remedy of docs/migration.md. */
import { Mongoose, Schema } from 'mongoose'
import { closedLater, type MongoDBStore, newConnection, uniqueName, uri } from '../support/server'
import { moved, steps } from './from-connect-mongo'
import { ann, open } from './shop'

/** A model as such apps have it, on the collection of the sessions. */
async function appsModel(collection: string, session: object = { type: String }) {
  const schema = new Schema({ _id: String, session, expires: Date }, { strict: false })
  return (await newConnection()).model('Session', schema, collection)
}

/** Ann in three browsers: in one she has not been back since the move, two hold what ours has written. */
async function annOnThree(storeOf: (place: object) => MongoDBStore = steps.after) {
  const { before, old, collection } = await moved()
  const changed = await ann(before)
  const bill = before.newVisitor()
  await bill.json('/login/bill')
  const store = closedLater(storeOf({ uri, collection }))
  const shop = await open(store)
  await shop.welcome(changed).json('/buy/milk')
  const anns = [shop.welcome(old), shop.welcome(changed), await ann(shop)]
  const users = async () =>
    Promise.all([...anns, shop.welcome(bill)].map(async (each) => (await each.json('/me')).user))
  return { collection, store, users, anns }
}

it('a search in the text of sessions misses those that ours has written', async () => {
  const { collection, users } = await annOnThree()
  const Session = await appsModel(collection)
  const { deletedCount } = await steps.logOutByText({ Session, user: 'ann' })
  expect(deletedCount).toBe(1)
  expect(await users()).toEqual([undefined, 'ann', 'ann', 'bill'])
})

it('with a JSON codec it finds them all', async () => {
  const { collection, users } = await annOnThree(steps.inTheirForm)
  const Session = await appsModel(collection)
  const { deletedCount } = await steps.logOutByText({ Session, user: 'ann' })
  expect(deletedCount).toBe(3)
  expect(await users()).toEqual([undefined, undefined, undefined, 'bill'])
})

it('with the user in a field, `destroyMany` finds them all, once the older ones have it', async () => {
  const { store, users } = await annOnThree(steps.withTheUserAsField)
  await steps.givingItToOlderSessions({ store })
  expect(await users()).toEqual(['ann', 'ann', 'ann', 'bill'])
  expect(await steps.logOutByField({ store, user: 'ann' })).toBe(3)
  expect(await users()).toEqual([undefined, undefined, undefined, 'bill'])
})

it('of a record both forms are read, where `JSON.parse` alone throws', async () => {
  const { collection, store, anns } = await annOnThree()
  const Session = await appsModel(collection, {})
  const [text, object] = await Promise.all(anns.map(({ sid }) => Session.findById(sid).lean()))
  expect([typeof text?.session, typeof object?.session]).toEqual(['string', 'object'])
  expect(() => JSON.parse(object?.session as never)).toThrow(SyntaxError)
  expect(await Session.countDocuments({ 'session.user': 'ann' })).toBe(2)
  for (const record of [text, object]) {
    expect(steps.readingARecord({ record })).toMatchObject({ user: 'ann' })
    expect(await store.get(record?._id as string)).toMatchObject({ user: 'ann' })
  }
})

it('a schema that says `session: String` leaves out what is an object', async () => {
  const { collection, anns } = await annOnThree()
  const [text, object] = anns.map(({ sid }) => sid)
  const asText = await appsModel(collection)
  expect((await asText.findById(text))?.session).toEqual(expect.any(String))
  expect((await asText.findById(object))?.session).toBeUndefined()
  const asAnything = await appsModel(collection, {})
  expect((await asAnything.findById(object))?.session).toMatchObject({ user: 'ann' })
})

describe("beside a model of the app's that is named `Session`", () => {
  const newMongoose = async () => {
    const mongoose = new Mongoose()
    await mongoose.connect(uri)
    closedLater({ close: () => mongoose.disconnect() })
    return mongoose
  }
  const define = (mongoose: Mongoose, collection: string) =>
    mongoose.model('Session', new Schema({ _id: String, session: {} }), collection)
  const withoutName = (mongoose: Mongoose, collection: string) =>
    new (require('../../src').MongoDBStore)({ connection: mongoose.connection, collection })

  it('the store works under another name, whichever is first', async () => {
    for (const isFirst of [true, false]) {
      const [mongoose, collection] = [await newMongoose(), uniqueName()]
      if (isFirst) define(mongoose, collection)
      const store = closedLater(steps.besideTheAppsModel({ mongoose, collection }))
      if (!isFirst) define(mongoose, collection)
      const visitor = await ann(await open(store))
      expect(await mongoose.model('Session').findById(visitor.sid).lean()).toMatchObject({
        session: { user: 'ann' },
      })
    }
  })

  it('it says so without one, or Mongoose does', async () => {
    const [mongoose, collection] = [await newMongoose(), uniqueName()]
    define(mongoose, collection)
    expect(() => withoutName(mongoose, collection)).toThrow(/`modelName`/)
    const other = await newMongoose()
    closedLater(withoutName(other, collection))
    expect(() => define(other, collection)).toThrow(
      expect.objectContaining({ name: 'OverwriteModelError' }),
    )
  })
})
