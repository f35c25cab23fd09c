/** A Mongoose document in a session: as its schema has it shown, and with the types that BSON has. */

import express from 'express'
import session, { type Store } from 'express-session'
import mongoose from 'mongoose'
import {
  closedLater,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { serve, Visitor } from '../support/visitor'

const HASH = '$2b$10$hash-of-a-password'
const BORN = new Date('1990-01-01')

/** A user as apps have them: what is not to be shown is taken out by `toJSON`, in each of its ways. */
function usersOf({ Mongoose, Schema, Types }: typeof mongoose) {
  const models = new Mongoose()
  const withoutSecret = {
    toJSON: {
      transform(_document: unknown, shown: Record<string, unknown>) {
        delete shown.secret
      },
    },
  }
  const Device = new Schema({ name: String, secret: String, seen: Date }, withoutSecret)
  const Team = models.model('Team', new Schema({ name: String, secret: String }, withoutSecret))
  const schema = new Schema(
    {
      name: { first: String, last: String },
      password: String,
      born: Date,
      balance: Schema.Types.Decimal128,
      picture: Buffer,
      tags: [String],
      seen: [Date],
      phone: Device,
      devices: [Device],
      byName: { type: Map, of: Device },
      birthdays: { type: Map, of: Date },
      team: { type: Schema.Types.ObjectId, ref: 'Team' },
      teams: [{ type: Schema.Types.ObjectId, ref: 'Team' }],
      anything: {},
      nothing: Schema.Types.Mixed,
    },
    {
      virtuals: {
        fullName: {
          get(this: { name: { first: string; last: string } }) {
            return `${this.name.first} ${this.name.last}`
          },
        },
      },
      toJSON: {
        virtuals: true,
        versionKey: false,
        transform(_document: unknown, shown: Record<string, unknown>) {
          delete shown.password
          shown.isShown = true
        },
      },
    },
  )
  const User = models.model('User', schema)
  const device = { name: 'phone', secret: HASH, seen: BORN }
  const team = new Team({ name: 'red', secret: HASH })
  const user = new User({
    name: { first: 'Ann', last: 'Lee' },
    password: HASH,
    born: BORN,
    balance: Types.Decimal128.fromString('1.50'),
    picture: Buffer.from([0, 1, 255]),
    tags: ['a'],
    seen: [BORN],
    phone: device,
    devices: [device],
    byName: { phone: device },
    birthdays: { mother: BORN },
    team,
    teams: [team],
    anything: { when: BORN, id: new Types.ObjectId(), deeper: [{ n: 1 }] },
  })
  return { models, user, team }
}

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

/** A store on a connection of that version, whose documents are of no class that the store knows. */
async function storeOn(version: typeof mongoose, options: Options = {}) {
  const connection = closedLater(await version.createConnection(uri).asPromise())
  return newStore({ connection, ...options })
}

const FORMS: Record<string, Options> = {
  'plain BSON': {},
  'a codec': {
    codec: {
      encode: (data) => JSON.stringify(data),
      decode: (stored) => JSON.parse(stored as string),
    },
  },
  encryption: { encryption: { secrets: 'a secret of more than 32 characters' } },
}

interface Found {
  _id: unknown
  team: { _id: unknown }
  anything: { id: unknown }
  devices: [{ _id: unknown }]
  balance: unknown
}

/** What an app sends of its session, in the request after the one that put `data` there. */
async function shownLater(store: Store, data: object): Promise<unknown> {
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store }))
  app.get('/set', (req, res) => {
    Object.assign(req.session, data)
    res.end()
  })
  app.get('/look', ({ session: { cookie, ...others } }, res) => void res.json(others))
  const visitor = new Visitor(closedLater(await serve(app)).address)
  await visitor.visit('/set')
  return visitor.json('/look')
}

describe.each(Object.entries(VERSIONS))('of %s', (_name, version) => {
  it.each(Object.keys(FORMS))('is shown as MemoryStore has it: %s', async (form) => {
    const { user } = usersOf(version)
    const places = {
      user,
      subdocument: user.phone,
      nested: user.name,
      list: [user, { within: user }],
      subdocuments: user.devices,
      populated: user.team,
    }
    const expected = await shownLater(new session.MemoryStore(), places)
    expect(expected).toMatchObject({ user: { isShown: true, fullName: 'Ann Lee' } })
    expect(JSON.stringify(expected)).not.toContain(HASH)
    expect(await shownLater(await storeOn(version, FORMS[form]), places)).toEqual(expected)
  })

  it('is shown by its `toJSON` in a Map and in a Set, which JSON has no form for', async () => {
    const { user } = usersOf(version)
    const found = await shownLater(await storeOn(version), {
      map: new Map([['ann', user]]),
      mongooseMap: user.byName,
      set: new Set([user]),
    })
    expect(JSON.stringify(found)).not.toContain(HASH)
    expect(found).toMatchObject({
      map: { ann: { fullName: 'Ann Lee' } },
      mongooseMap: { phone: { name: 'phone' } },
      set: [{ fullName: 'Ann Lee' }],
    })
  })

  it('keeps the types that BSON has', async () => {
    const { user, team } = usersOf(version)
    const store = await storeOn(version)
    await store.set('a', sessionData({ user }))
    const found = (await store.get('a')) as unknown as { user: Record<string, never> }
    expect(found.user).toMatchObject({
      born: BORN,
      picture: { type: 'Buffer', data: [0, 1, 255] },
      seen: [BORN],
      phone: { seen: BORN },
      devices: [{ seen: BORN }],
      byName: { phone: { seen: BORN } },
      birthdays: { mother: BORN },
      anything: { when: BORN },
    })
    const { _id, team: populated, anything, devices, balance } = found.user as unknown as Found
    for (const id of [_id, populated._id, anything.id, devices[0]._id]) {
      expect(id).toMatchObject({ _bsontype: 'ObjectId' })
    }
    expect(String(_id)).toBe(String(user._id))
    expect(String(populated._id)).toBe(String(team._id))
    expect(balance).toMatchObject({ _bsontype: 'Decimal128' })
  })

  it.each<[string, object, object]>([
    ['flattenObjectIds', { flattenObjectIds: true }, { _id: expect.any(String) }],
    ['flattenMaps: false', { flattenMaps: false }, { map: { a: { b: 1 } } }],
    ['getters', { getters: true }, { name: 'ANN' }],
    ['minimize: false', { minimize: false }, { map: { a: { b: 1 } }, empty: {} }],
  ])('does as its schema says: %s', async (_option, toJSON, expected) => {
    const { Mongoose, Schema } = version
    const schema = new Schema(
      {
        name: { type: String, get: (name: string) => name.toUpperCase() },
        map: { type: Map, of: new Schema({ b: Number }) },
        empty: {},
      },
      { toJSON },
    )
    const Thing = new Mongoose().model('Thing', schema)
    const thing = new Thing({ name: 'ann', map: { a: { b: 1 } }, empty: {} })
    const store = await storeOn(version)
    await store.set('a', sessionData({ thing }))
    expect(await store.get('a')).toMatchObject({ thing: expected })
  })

  it('has a method `toJSON` of the schema asked, with what it makes of the document', async () => {
    const { Mongoose, Schema } = version
    const schema = new Schema({ name: String, password: String, born: Date })
    schema.methods.toJSON = function (this: { toObject(): Record<string, unknown> }) {
      const { password: _, ...shown } = this.toObject()
      return shown
    }
    const User = new Mongoose().model('User', schema)
    const store = await storeOn(version)
    await store.set(
      'a',
      sessionData({ user: new User({ name: 'ann', password: HASH, born: BORN }) }),
    )
    const { user } = (await store.get('a')) as unknown as { user: Record<string, unknown> }
    expect(user).toEqual({ _id: expect.anything(), name: 'ann', born: BORN })
  })
})

it('what only looks like one is data', async () => {
  const store = newStore()
  const data = { toJSON: 1, toObject: 2, $set: 3, $isDefault: 4 }
  const { $set, $isDefault, ...others } = data
  await store.set('a', sessionData({ data: others }))
  expect(await store.get('a')).toMatchObject({ data: others })
})

it('`fields` take a document as Mongoose stores it', async () => {
  const connection = await newConnection()
  const { Schema } = mongoose
  const Device = new Schema(
    { name: String, token: String },
    { _id: false, toJSON: { transform: () => ({ shown: true }) } },
  )
  const User = connection.model(
    uniqueName('User'),
    new Schema(
      { name: String, password: String },
      {
        toJSON: {
          transform: (_document, { name }) => ({ name }),
        },
      },
    ),
  )
  const user = new User({ name: 'ann', password: HASH })
  const store = newStore({
    connection,
    schema: { user: Schema.Types.ObjectId, device: Device, anything: {} } as never,
    fields: () => ({ user, device: { name: 'phone', token: 'x' }, anything: user }),
  })
  await store.set('a', sessionData())
  expect(await store.collection.findOne()).toMatchObject({
    user: user._id,
    device: { name: 'phone', token: 'x' },
    anything: { name: 'ann' },
  })
  expect(JSON.stringify(await store.collection.findOne())).not.toContain(HASH)
})
