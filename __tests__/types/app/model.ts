/** The types of a store on the app's own model, right and wrong use in pairs. */
import { type AppModel, MongoDBStore, type SessionRecord } from 'express-mongoose-session'
import session from 'express-session'
import mongoose, {
  type HydratedDocument,
  type Model,
  type QueryWithHelpers,
  Schema,
  Types,
} from 'mongoose'

interface Visit extends session.SessionData {
  user?: string
}

const schema = new Schema(
  {
    _id: String,
    session: {},
    expires: Date,
    userId: String,
    place: { city: String },
    owner: { type: Schema.Types.ObjectId, ref: 'User' },
    since: Date,
    tags: [String],
    home: new Schema({ city: String }),
    devices: [{ name: String }],
    marks: { type: Map, of: Number },
    free: Schema.Types.Mixed,
  },
  {
    methods: { shout: () => '!' },
    statics: { online: () => 5 },
    virtuals: { age: { get: () => 1 } },
  },
)
const Inferred = mongoose.model('Inferred', schema)

interface Helpers {
  live(): QueryWithHelpers<HydratedDocument<Declared>[], HydratedDocument<Declared>, Helpers>
}
interface Declared extends SessionRecord {
  userId?: string
}
/** As Mongoose's guide to TypeScript declares a model with statics. */
interface DeclaredModel extends Model<Declared, Helpers, { shout(): string }> {
  online(): Promise<number>
}

/** Compiled, never run. */
export async function use(Declared: DeclaredModel, Untyped: Model<unknown>): Promise<void> {
  const inferred = new MongoDBStore({
    model: Inferred,
    fields: (visit) => ({ userId: visit.cookie.domain, place: { city: 'Paris' } }),
  })
  const count: number = inferred.model.online()
  const found = await inferred.model.findOne({ userId: 'ada' })
  const said: string | undefined = found?.shout()
  const age: number | undefined = found?.age
  const whole: typeof Inferred = inferred.model
  // @ts-expect-error the model has no such static
  inferred.model.nobody()
  // @ts-expect-error its documents have no such method
  found?.whisper()
  await inferred.destroyMany({ userId: 'ada', 'place.city': 'Paris' })
  // @ts-expect-error the model has no such field
  await inferred.destroyMany({ nobody: 'ada' })
  // @ts-expect-error the model has no such field
  new MongoDBStore({ model: Inferred, fields: () => ({ userId: 'ada', nobody: 'ada' }) })
  new MongoDBStore({
    model: Inferred,
    fields: ({ cookie }, sid) => ({
      userId: cookie.secure ? sid : null,
      place: { city: cookie.path },
      owner: 'ab'.repeat(12),
      since: cookie.expires?.getTime(),
      tags: ['a'],
      home: { city: 'Paris' },
      devices: [{ name: 'phone' }],
      marks: new Map([['a', 5]]),
      free: 5,
    }),
  })
  const at = new Types.ObjectId()
  new MongoDBStore({ model: Inferred, fields: () => ({ owner: at, since: new Date() }) })
  new MongoDBStore({ model: Inferred, fields: () => ({ marks: { a: 5 } }) })
  // @ts-expect-error a field of another type
  new MongoDBStore({ model: Inferred, fields: () => ({ userId: 5 }) })
  // @ts-expect-error an id is no number
  new MongoDBStore({ model: Inferred, fields: () => ({ owner: 5 }) })
  // @ts-expect-error items of another type
  new MongoDBStore({ model: Inferred, fields: () => ({ tags: [5] }) })
  // @ts-expect-error a field of another type, beside one that is right
  new MongoDBStore({ model: Inferred, fields: () => ({ userId: 'ada', since: true }) })

  const declared = new MongoDBStore({
    model: Declared,
    fields: (visit: Visit) => ({ userId: visit.user }),
  })
  const user: string | undefined = (await declared.get('sid'))?.user
  const online: number = await declared.model.online()
  const records = await declared.model.find().live()
  const userId: string | undefined = records[0]?.userId
  // @ts-expect-error its queries have no such helper
  declared.model.find().dead()
  await declared.destroyMany({ userId: 'ada' })
  // @ts-expect-error the model has no such field
  await declared.destroyMany({ nobody: 'ada' })
  // @ts-expect-error a visit has no such key
  new MongoDBStore({ model: Declared, fields: (visit: Visit) => ({ userId: visit.nobody }) })

  // @ts-expect-error a field of another type
  new MongoDBStore({ model: Declared, fields: (visit: Visit) => ({ userId: visit.user?.length }) })

  const given = new MongoDBStore<Visit, { userId: string }>({
    model: Declared,
    fields: (visit) => ({ userId: visit.user }),
  })
  const visitor: string | undefined = (await given.get('sid'))?.user
  await given.destroyMany({ userId: 'ada' })
  // @ts-expect-error the model has no such field
  await given.destroyMany({ nobody: 'ada' })

  const half = new MongoDBStore<Visit>({ model: Declared })
  await half.model.findById('sid')
  // @ts-expect-error with the session's type alone, the model is any that can hold sessions
  await half.model.online()

  new MongoDBStore({ model: Untyped as AppModel }).model.findById('sid')
  const stores: MongoDBStore[] = [inferred, declared, half]
  void [count, said, age, whole, user, online, userId, visitor, stores]
}
