/** The types of extra fields, right and wrong use in pairs. */

import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import { Schema, type SchemaTypeOptions, type Types } from 'mongoose'

interface Visit extends session.SessionData {
  user?: string
}

const bothOf = (count: number) => ({ visits: count, nobody: count })

/** Compiled, never run. */
export async function use(user: Types.ObjectId): Promise<void> {
  const store = new MongoDBStore({
    schema: {
      userId: { type: String, index: true },
      user: { type: Schema.Types.ObjectId, ref: 'User' },
      visits: Number,
      since: Date,
      tags: [String],
      free: Schema.Types.Mixed,
    },
    fields: (visit, sid) => ({
      userId: sid,
      user: 'ab'.repeat(12),
      since: visit.cookie.maxAge ?? undefined,
      tags: ['a'],
    }),
  })
  // @ts-expect-error a field of another type
  new MongoDBStore({ schema: { visits: Number }, fields: () => ({ visits: 'many' }) })
  new MongoDBStore({ schema: { visits: Number }, fields: () => ({ visits: 5 }) })
  // @ts-expect-error a field that the schema does not have, beside one that it has
  new MongoDBStore({ schema: { visits: Number }, fields: () => ({ visits: 5, nobody: 5 }) })
  // @ts-expect-error a field that the schema does not have, wherever the object is made
  new MongoDBStore({ schema: { visits: Number }, fields: () => bothOf(5) })

  const parts = {
    place: { city: String, since: { type: Date, index: true }, deep: { street: [String] } },
    point: { type: { type: String }, coordinates: [Number] },
    home: { type: { city: String }, index: true },
    owners: [Schema.Types.ObjectId],
    devices: [{ name: String }],
    own: new Schema({ city: String }),
    map: { type: Map, of: Number },
    list: [],
    empty: {},
  }
  const nested = new MongoDBStore({
    schema: parts,
    fields: () => ({
      place: { city: 'Paris', since: 5, deep: { street: ['a'] } },
      point: { type: 'Point', coordinates: [1, 2] },
      home: { city: null },
      owners: [user, 'ab'.repeat(12)],
      devices: [{ name: 'phone' }, {}],
      own: { city: 'Paris' },
      map: new Map([['a', 5]]),
      list: ['a', 5],
      empty: { any: 'thing' },
    }),
  })
  await nested.destroyMany({ 'place.city': 'Paris', 'devices.0.name': 'phone', 'list.0': 'a' })
  const city: string | null | undefined = (await nested.model.findOne())?.place?.city
  // @ts-expect-error a place has no such part
  void (await nested.model.findOne())?.place?.nobody

  const loose: Record<string, SchemaTypeOptions<unknown>> = { userId: { type: String } }
  new MongoDBStore({ schema: loose, fields: () => ({ userId: 'ada' }) })

  const count: number = await store.destroyMany({ userId: 'ada', _id: { $ne: 'sid' } })
  await store.destroyMany({ $or: [{ user }, { tags: 'a' }], 'session.views': { $gt: 5 } })
  await store.destroyMany({ user: 'ab'.repeat(12) })
  await store.destroyMany({ visits: { $gt: 5 }, since: { $lt: new Date() }, expires: null })
  // @ts-expect-error a session has no such field
  await store.destroyMany({ nobody: 'ada' })
  // @ts-expect-error a field of another type
  await store.destroyMany({ visits: 'many' })
  // @ts-expect-error everything is what `clear` removes
  await store.destroyMany()
  store.destroyMany({ userId: 'ada' }, (error, removed) => void [error?.code, removed?.toFixed()])

  for await (const each of store.sessions({ userId: 'ada' })) {
    const [id, maxAge]: [string, number | undefined | null] = [each.id, each.cookie.originalMaxAge]
    void [id, maxAge]
  }
  // @ts-expect-error there is no such field
  store.sessions({ nobody: 1 })

  const record = await store.model.findOne({ userId: 'ada' }).populate('user')
  const sid: string | undefined = record?._id
  const visits: number | null | undefined = record?.visits
  const end: Date | null | undefined = record?.expires
  // @ts-expect-error a record has no such field
  void [sid, visits, end, record?.nobody]

  const plain = new MongoDBStore({ uri: 'mongodb://localhost' })
  await plain.destroyMany({ 'session.user': 'ada', _id: 'sid' })
  // @ts-expect-error it has no extra fields
  await plain.destroyMany({ userId: 'ada' })

  const given = new MongoDBStore<Visit, { userId: string }>({
    schema: { userId: String },
    fields: (visit) => ({ userId: visit.user }),
  })
  await given.destroyMany({ userId: 'ada' })
  // @ts-expect-error a session has no such field
  await given.destroyMany({ nobody: 'ada' })

  const inferred = new MongoDBStore({
    schema: { userId: String },
    fields: (visit: Visit) => ({ userId: visit.user }),
  })
  const visitor: string | undefined = (await inferred.get('sid'))?.user
  await inferred.destroyMany({ userId: 'ada' })
  // @ts-expect-error a visit has no such key
  void (await inferred.get('sid'))?.nobody
  // @ts-expect-error a session has no such field
  await inferred.destroyMany({ nobody: 'ada' })
  const typed: MongoDBStore<Visit> = inferred

  const parted = new MongoDBStore({
    schema: { userId: String, place: { city: String }, tags: [String] },
  })
  parted.sessions({ 'place.city': 'Paris', 'tags.0': 'a' })
  // @ts-expect-error the store has no such field
  await parted.destroyMany({ 'nobody.city': 'Paris' })
  // @ts-expect-error a text has nothing in it
  await parted.destroyMany({ 'userId.city': 'Paris' })
  const renamed = new MongoDBStore<Visit, { sid: string }>({ idField: 'sid' })
  await renamed.destroyMany({ sid: { $ne: 'sid' } })
  // @ts-expect-error a session id is a string
  await renamed.destroyMany({ sid: 5 })

  class Own extends MongoDBStore<Visit, { userId: string }> {}
  new Own({ schema: { userId: String } }).destroyMany({ userId: 'ada' })
  const app: session.Store = store
  void [count, city, visitor, typed, app]
}
