/** The types of extra fields, right and wrong use in pairs. */

import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import mongoose, { Schema, type Types } from 'mongoose'

interface Visit extends session.SessionData {
  user?: string
}

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
  new MongoDBStore({
    schema: { visits: Number },
    fields: () => ({ visits: 'many' }),
  })

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

  const schema = new Schema(
    { _id: String, session: {}, expires: Date, userId: String },
    { methods: { shout: () => '!' }, virtuals: { age: { get: () => 1 } } },
  )
  const own = new MongoDBStore({
    model: mongoose.model('Visit', schema),
    fields: (visit) => ({ userId: visit.cookie.domain }),
  })
  await own.destroyMany({ userId: 'ada' })
  // @ts-expect-error the model has no such field
  await own.destroyMany({ nobody: 'ada' })

  class Own extends MongoDBStore<Visit, { userId: string }> {}
  new Own({ schema: { userId: String } }).destroyMany({ userId: 'ada' })
  const app: session.Store = store
  void [count, app]
}
