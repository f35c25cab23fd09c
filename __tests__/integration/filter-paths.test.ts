/** Paths of a filter that lead into a field: those that lead nowhere match nothing, or by `$ne` everything. */
import mongoose, { Schema } from 'mongoose'
import {
  closedLater,
  type MongoDBStore,
  newStore,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const { Mixed, ObjectId } = Schema.Types

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

const part = { city: String, deep: { street: String } }
const extra = {
  place: part,
  home: new Schema(part),
  loose: new Schema(part, { strict: false }),
  point: { type: { type: String }, coordinates: [Number] },
  tags: [String],
  grid: [[Number]],
  devices: [{ name: String, seen: [{ at: Date }] }],
  free: Mixed,
  list: [Mixed],
  named: { type: Map, of: Number },
  user: { type: ObjectId, ref: 'User' },
  text: String,
  bytes: Buffer,
}

const KNOWN = [
  'place',
  'place.city',
  'place.deep',
  'place.deep.street',
  'home.city',
  'home.deep.street',
  'home._id',
  'loose.city',
  'loose.nobody',
  'point.type',
  'point.coordinates.0',
  'tags.0',
  'grid.0',
  'grid.0.1',
  'devices.name',
  'devices.0',
  'devices.0.name',
  'devices.0.seen.1.at',
  'devices.seen.at',
  'free.any.thing',
  'list.0.any.thing',
  'list.any.thing',
  'named.any',
  'session.any.thing',
  'session.cookie.path',
]

const UNKNOWN = [
  'nobody',
  'nobody.city',
  'place.nobody',
  'place.city.nobody',
  'place.deep.nobody',
  'place.0',
  'home.nobody',
  'home.deep.nobody',
  'point.coordinates.x',
  'tags.nobody',
  'tags.0.nobody',
  'grid.0.1.2',
  'devices.nobody',
  'devices.0.nobody',
  'devices.0.seen.nobody',
  'user.name',
  'text.nobody',
  'bytes.0',
  'expires.nobody',
  '_id.nobody',
]

const refusal = { code: 'ERR_MONGODB_STORE_FILTER' }

async function idsOf(store: MongoDBStore, filter: object): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.sessions(filter as never)) ids.push(id)
  return ids
}

describe('a path of a filter', () => {
  it.each(KNOWN)('is looked for where the schema can have it: %s', async (path) => {
    const store = newStore({ schema: extra, fields: () => ({}) })
    await store.set('a', sessionData())
    expect(await idsOf(store, { [path]: { $exists: true }, 'session.none': 1 })).toEqual([])
    expect(await store.destroyMany({ [path]: { $exists: true }, 'session.none': 1 } as never)).toBe(
      0,
    )
  })

  it.each(UNKNOWN)('is refused where the schema has no such: %s', async (path) => {
    const store = newStore({ schema: extra, fields: () => ({}) })
    await store.set('a', sessionData())
    for (const filter of [{ [path]: 'x' }, { $or: [{ [path]: { $ne: 'x' } }] }]) {
      await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
      await expect(store.destroyMany(filter as never)).rejects.toThrow(`no field \`${path}\``)
      await expect(idsOf(store, filter)).rejects.toMatchObject(refusal)
    }
    expect(await store.length()).toBe(1)
  })

  it('finds what it names', async () => {
    const store = newStore({
      schema: extra,
      fields: () => ({
        place: { city: 'Paris', deep: { street: 'x' } },
        home: { deep: { street: 'y' } },
        devices: [{ name: 'phone', seen: [{ at: new Date(5) }] }],
        grid: [[1, 2]],
        named: new Map([['ada', 1]]),
      }),
    })
    await store.set('a', sessionData())
    const filter = {
      'place.deep.street': 'x',
      'home.deep.street': 'y',
      'devices.0.name': 'phone',
      'devices.seen.at': new Date(5),
      'grid.0.1': 2,
      'named.ada': 1,
    }
    expect(await idsOf(store, filter)).toEqual(['a'])
    expect(await store.destroyMany(filter as never)).toBe(1)
  })
})

it.each(Object.entries(VERSIONS))(
  'a path that only a discriminator has is looked for, with %s',
  async (_, host) => {
    const { Schema } = host
    const event = () => new Schema({ kind: String, at: Date }, { discriminatorKey: 'kind' })
    const schema = new Schema(
      { _id: String, session: {}, expires: Date, last: event(), events: [event()] },
      { minimize: false },
    )
    for (const path of ['last', 'events']) {
      const clicks = schema.path(path) as unknown as {
        discriminator(name: string, schema: object): void
      }
      clicks.discriminator('Click', new Schema({ button: { side: String } }))
    }
    const connection = closedLater(await host.createConnection(uri).asPromise())
    const store = newStore({ model: connection.model('Visit', schema, uniqueName()) })
    await store.set('a', sessionData())
    await store.collection.updateOne({}, { $set: { 'last.button.side': 'left' } })
    expect(await idsOf(store, { 'last.button.side': 'left' })).toEqual(['a'])
    expect(await idsOf(store, { 'events.0.button.side': 'left' })).toEqual([])
    for (const path of ['last.button.nobody', 'events.nobody', 'last.nobody']) {
      await expect(idsOf(store, { [path]: 1 })).rejects.toMatchObject(refusal)
    }
  },
)
