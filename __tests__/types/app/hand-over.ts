/** A store that is made in one place and used in another: one spelling, right and wrong use in pairs. */
import {
  type FieldsOf,
  MongoDBStore,
  type MongoDBStoreOptions,
  type SessionModel,
} from 'express-mongoose-session'
import type { SessionData } from 'express-session'
import mongoose, { Schema } from 'mongoose'

interface Fields {
  userId: string
}

class Logins {
  constructor(private readonly store: MongoDBStore<SessionData, Fields>) {}

  end(userId: string): Promise<number> {
    return this.store.destroyMany({ userId })
  }

  async of(userId: string): Promise<(string | null | undefined)[]> {
    for await (const { id } of this.store.sessions({ userId })) void id
    return (await this.store.model.find({ userId })).map((record) => record.userId)
  }

  wrong(): void {
    // @ts-expect-error the store has no such field
    this.store.destroyMany({ nobody: 'ada' })
    // @ts-expect-error a field of another type
    this.store.destroyMany({ userId: 5 })
    // @ts-expect-error a record has no such field
    this.store.model.findOne().then((record) => record?.nobody)
  }
}

const schema = { userId: { type: String, index: true } }
const fields = (_: SessionData, sid: string) => ({ userId: sid })

/** Compiled, never run. */
export async function use(): Promise<void> {
  new Logins(new MongoDBStore({ schema: { userId: { type: String } }, fields }))
  new Logins(new MongoDBStore({ schema: { userId: String } }))
  new Logins(new MongoDBStore({ schema, fields: (_, sid) => ({ userId: sid }) }))
  new Logins(new MongoDBStore({ schema, idField: 'sid', expiresKey: 'end' }))
  new Logins(new MongoDBStore({ schema: { userId: String, device: String } }))
  new Logins(new MongoDBStore<SessionData, Fields>({ schema, fields }))
  // @ts-expect-error a field of another type
  new Logins(new MongoDBStore({ schema: { userId: Number } }))
  // @ts-expect-error it has another field
  new Logins(new MongoDBStore({ schema: { user: String } }))
  // @ts-expect-error it has no fields
  new Logins(new MongoDBStore())

  const options: MongoDBStoreOptions<SessionData, Fields> = { schema, fields }
  if (process.env['MONGODB_URI']) options.uri = process.env['MONGODB_URI']
  const store = new MongoDBStore(options)
  new Logins(store)
  await store.destroyMany({ userId: 'ada' })
  // @ts-expect-error the store has no such field
  await store.destroyMany({ nobody: 'ada' })
  // @ts-expect-error a field of another type
  await store.destroyMany({ userId: 5 })
  const userId: string | null | undefined = (await store.model.findOne())?.userId
  // @ts-expect-error a record has no such field
  void (await store.model.findOne())?.nobody
  new Logins(new MongoDBStore({ ...options, collection: 'visits' }))
  // @ts-expect-error a field of another type
  const wrong: MongoDBStoreOptions<SessionData, Fields> = { schema, fields: () => ({ userId: 5 }) }

  const unnamed = { schema, fields }
  new Logins(new MongoDBStore(unnamed))
  const checked = { schema, fields } satisfies MongoDBStoreOptions
  new Logins(new MongoDBStore(checked))
  const told: MongoDBStore<SessionData, FieldsOf<typeof schema>> = new MongoDBStore({ schema })
  new Logins(told)

  const general: MongoDBStoreOptions = { schema, fields }
  const plain: MongoDBStore = new MongoDBStore(general)
  await plain.destroyMany({ 'session.userId': 'ada' })
  // @ts-expect-error options in general tell of no fields
  await plain.destroyMany({ userId: 'ada' })
  // @ts-expect-error options in general tell of no fields
  new Logins(plain)
  const more = new MongoDBStore({ ...general, schema: { device: String } })
  await more.destroyMany({ device: 'phone' })

  const MySession = mongoose.model(
    'MySession',
    new Schema(
      { _id: String, session: {}, expires: Date, userId: String },
      { statics: { online: () => 5 } },
    ),
  )
  new Logins(new MongoDBStore({ model: MySession, fields }))
  const onModel: MongoDBStoreOptions<SessionData, Fields> = { model: MySession, fields }
  new Logins(new MongoDBStore(onModel))
  const exact = new MongoDBStore({ model: MySession, fields })
  new Logins(exact)
  const whole: MongoDBStore<SessionData, Fields, typeof MySession> = exact
  const online: number = whole.model.online()
  // @ts-expect-error a model that is not named has no statics
  void new MongoDBStore(onModel).model.online()
  // @ts-expect-error a store on another model
  const other: MongoDBStore<SessionData, Fields, typeof MySession> = store
  const model: SessionModel<Fields> = store.model
  void [userId, wrong, online, other, model]
}
