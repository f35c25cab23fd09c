/** What an app has hung on its model: what of it runs, by which method, and what it can change. */
import mongoose, { type Query, Schema } from 'mongoose'
import { read } from '../docs/support/pages'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

type Data = Record<string, unknown>
type Update = { $set: Data & { session: Data }; $unset?: Data }

const Mixed = Schema.Types.Mixed
const QUERIES = ['find', 'findOne', 'updateOne', 'deleteOne', 'countDocuments', 'deleteMany']

function visits(fields: Data = {}, options: Data = {}): Schema {
  return new Schema(
    { _id: String, session: Mixed, expires: Date, ...fields } as never,
    { minimize: false, autoCreate: false, autoIndex: false, ...options } as never,
  ) as unknown as Schema
}

async function storeOn(schema: Schema, options: Options = {}): Promise<MongoDBStore> {
  const connection = await newConnection()
  return newStore({ model: connection.model('Visit', schema, uniqueName()), ...options })
}

const load = async (store: MongoDBStore, sid = 'a') => (await store.get(sid)) as unknown as Data
const record = (store: MongoDBStore, sid = 'a') => store.collection.findOne({ _id: sid as never })
const rejection = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error)

describe('a hook on updateOne', () => {
  type Hook = (this: Query<unknown, unknown>, update: Update) => void

  async function storeWithHook(hook: Hook, options: Options = {}) {
    const schema = visits()
    schema.pre('updateOne', function () {
      hook.call(this, this.getUpdate() as Update)
    })
    return storeOn(schema, options)
  }

  it('reads the session that is written, and its changes are written', async () => {
    const read: unknown[] = []
    const store = await storeWithHook(({ $set }) => {
      read.push($set.session?.user, $set['session.user'])
      if ($set.session) $set.session.stamp = 1
      else Object.assign($set, { 'session.stamp': 2 })
    })
    await store.set('a', sessionData({ user: 'ada', cart: { items: [{ id: 1 }] } }))
    expect(await load(store)).toMatchObject({ user: 'ada', stamp: 1, cart: { items: [{ id: 1 }] } })
    const session = await load(store)
    session.user = 'bob'
    await store.set('a', session as never)
    expect(await load(store)).toMatchObject({ user: 'bob', stamp: 2 })
    expect(read).toEqual(['ada', undefined, undefined, 'bob'])
  })

  it('changes what is nested, and puts another object in its place', async () => {
    const store = await storeWithHook(({ $set }) => {
      const cart = $set['session.cart'] as { items: Data[] } | undefined
      if (cart) cart.items.push({ id: 2 })
      else $set.session = { ...$set.session, replaced: true }
    })
    const given = { cart: { items: [{ id: 1 }] } }
    await store.set('a', sessionData({}))
    const session = await load(store)
    Object.assign(session, given)
    await store.set('a', session as never)
    expect(await load(store)).toMatchObject({
      replaced: true,
      cart: { items: [{ id: 1 }, { id: 2 }] },
    })
    expect(given).toEqual({ cart: { items: [{ id: 1 }] } })
  })

  it('gives the whole update anew by setUpdate', async () => {
    const store = await storeWithHook(function ({ $set }) {
      this.setUpdate({ $set: { ...$set, session: { ...$set.session, user: 'eve' } } })
    })
    await store.set('a', sessionData({ user: 'ada' }))
    expect(await load(store)).toMatchObject({ user: 'eve' })
  })

  it('that refuses a touch has nothing of it taken for written', async () => {
    let refusals = 0
    const store = await storeWithHook(() => {
      if (refusals-- === 1) throw new Error('not now')
    })
    await store.set('a', sessionData())
    const session = await load(store)
    Object.assign(session.cookie as Data, { path: '/shop' })
    refusals = 1
    expect(await rejection(store.touch('a', session as never))).toMatchObject({
      code: 'ERR_MONGODB_STORE_TOUCH',
    })
    await store.set('a', session as never)
    expect(await load(store)).toMatchObject({ cookie: { path: '/shop' } })
  })

  it('keeps Mongoose from nothing that a strict schema with timestamps has it do', async () => {
    const schema = visits({ seen: Date }, { strict: 'throw', timestamps: true, minimize: true })
    schema.pre('updateOne', function () {
      this.set('seen', new Date(5))
    })
    const store = await storeOn(schema)
    await store.set('a', sessionData({ cart: {}, date: new Date(7), expression: /a/i }))
    expect(await record(store)).toMatchObject({
      seen: new Date(5),
      updatedAt: expect.any(Date),
      session: { cart: {}, date: new Date(7), expression: /a/i },
    })
  })
})

describe('the middleware that runs', () => {
  type Call = (store: MongoDBStore, loaded: Data) => Promise<unknown>
  const rows: [string, string, Call][] = [
    ['`get`', 'findOne', (store) => store.get('a')],
    ['`set` of a new session', 'updateOne', (store) => store.set('b', sessionData())],
    [
      '`set` of a loaded session',
      'updateOne',
      (store, loaded) => store.set('a', Object.assign(loaded, { views: 1 }) as never),
    ],
    ['`touch`', 'updateOne', (store) => store.touch('a', sessionData({}, 120_000))],
    ['`destroy`', 'deleteOne', (store) => store.destroy('a')],
    ['`all`', 'find', (store) => store.all()],
    [
      '`sessions`',
      'find',
      async (store) => {
        for await (const { id } of store.sessions({ _id: 'a' })) expect(id).toBe('a')
      },
    ],
    ['`length`', 'countDocuments', (store) => store.length()],
    ['`destroyMany`', 'deleteMany', (store) => store.destroyMany({ _id: 'a' })],
    ['`clear`', 'deleteMany', (store) => store.clear()],
  ]

  it.each(rows)('by %s is that of %s, before and after', async (_name, query, call) => {
    const ran: string[] = []
    const schema = visits()
    for (const each of QUERIES) {
      schema.pre(each as 'find', () => void ran.push(each))
      schema.post(each as 'find', () => void ran.push(`after ${each}`))
    }
    const store = await storeOn(schema)
    await store.set('a', sessionData())
    const loaded = await load(store)
    ran.length = 0
    await call(store, loaded)
    expect(ran).toEqual([query, `after ${query}`])
  })

  it('is that of the table in docs/models.md', () => {
    const table = read('docs/models.md').matchAll(/^\| (.+) \| `(\w+)` \|$/gm)
    expect(Array.from(table, ([, name, query]) => [name, query])).toEqual([
      ...rows.map(([name, query]) => [name, query]),
      ['removal at an interval', 'deleteMany'],
    ])
  })

  it('by removal at an interval is that of deleteMany', async () => {
    const schema = visits()
    const ran = new Promise<void>((resolve) => schema.pre('deleteMany', () => resolve()))
    await storeOn(schema, { autoRemove: 'interval', removeInterval: 5 })
    await ran
  })

  it('is none of a document: nothing is saved, validated or initialised as one', async () => {
    const ran: string[] = []
    const schema = visits({ userId: { type: String, get: () => 'by a getter' } })
    schema.virtual('shout').get(() => 'by a virtual')
    for (const hook of ['save', 'validate', 'init', 'insertMany', 'bulkWrite']) {
      schema.pre(hook as 'save', () => void ran.push(hook))
    }
    schema.pre('findOne', () => {})
    const store = await storeOn(schema, { fields: () => ({ userId: 'ada' }) })
    await store.set('a', sessionData())
    const session = await load(store)
    expect([session.shout, session.userId, ran]).toEqual([undefined, undefined, []])
    // The app's own queries have them
    const document = await store.model.findById('a')
    expect([document?.get('userId'), document?.get('shout')]).toEqual([
      'by a getter',
      'by a virtual',
    ])
    expect(await record(store)).toMatchObject({ userId: 'ada' })
  })

  it('is that of a plugin, too', async () => {
    const plugin = (schema: Schema) => {
      schema.add({ tenant: String })
      schema.pre('updateOne', function () {
        this.set('tenant', 'one')
      })
    }
    const store = await storeOn(visits().plugin(plugin))
    await store.set('a', sessionData({ views: 1 }))
    expect(await record(store)).toMatchObject({ tenant: 'one', session: { views: 1 } })
    expect(await store.destroyMany({ tenant: 'one' } as never)).toBe(1)
  })
})

it.each(['deleteOne', 'deleteMany'])(
  'a hook that keeps %s from being sent does so',
  async (query) => {
    const schema = visits()
    schema.pre(query as 'deleteOne', async function (this: Query<unknown, unknown>) {
      await this.model.updateMany(this.getFilter(), { $set: { expires: new Date(1) } })
      throw mongoose.skipMiddlewareFunction(undefined)
    })
    const store = await storeOn(schema)
    await Promise.all([store.set('a', sessionData()), store.set('b', sessionData())])
    if (query === 'deleteOne') await Promise.all([store.destroy('a'), store.destroy('b')])
    else {
      expect(await store.destroyMany({ _id: 'a' })).toBe(0)
      await store.clear()
    }
    expect([await store.length(), await store.collection.countDocuments()]).toEqual([0, 2])
  },
)

it('a hook that keeps reads from being sent finds no session', async () => {
  const schema = visits()
  let isSkipped = false
  for (const query of ['find', 'findOne', 'countDocuments'] as const) {
    schema.pre(query, () => {
      if (isSkipped) throw mongoose.skipMiddlewareFunction(undefined)
    })
  }
  const store = await storeOn(schema)
  await store.set('a', sessionData())
  isSkipped = true
  expect(await store.get('a')).toBeNull()
  expect(await Promise.all([store.get('a'), store.get('b')])).toEqual([null, null])
  expect(await store.length()).toBe(0)
})

it('a discriminator keeps to its own kind of records', async () => {
  const connection = await newConnection()
  const base = connection.model('Visit', visits({}, { discriminatorKey: 'kind' }), uniqueName())
  const options = { minimize: false }
  const [web, app] = ['web', 'app'].map((kind) =>
    newStore({ model: base.discriminator(kind, new Schema({}, options)) }),
  ) as [MongoDBStore, MongoDBStore]
  await web.set('a', sessionData({ views: 1 }))
  await app.set('b', sessionData())
  expect(await record(web)).toMatchObject({ kind: 'web' })
  expect([await load(web), await load(app)]).toEqual([expect.objectContaining({ views: 1 }), null])
  expect([await web.length(), await app.length()]).toEqual([1, 1])
  await web.clear()
  expect([await web.length(), await app.length()]).toEqual([0, 1])
})

describe('a validator', () => {
  it('of an extra field refuses the session, by the name of the field alone', async () => {
    const schema = visits({ role: { type: String, enum: ['user', 'admin'] } })
    const fields = (session: unknown) => ({ role: (session as Data).role })
    const store = await storeOn(schema, { fields })
    const error = await rejection(store.set('a', sessionData({ role: 'hacker' })))
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_SESSION' })
    expect(error.toString()).toMatch(/`role`/)
    expect(error.toString()).not.toMatch(/hacker/)
    expect(await record(store)).toBeNull()
    await store.set('a', sessionData({ role: 'admin' }))
    expect(await record(store)).toMatchObject({ role: 'admin' })
  })

  it('of the option `schema` does so, too, and `required` where the field has no value', async () => {
    const store = newStore({
      schema: { role: { type: String, enum: ['user'] }, user: { type: String, required: true } },
      fields: (session) => (session as unknown as { fields: Data }).fields as never,
    })
    for (const fields of [{}, { role: 'user' }, { user: 'ada', role: 'hacker' }]) {
      const error = await rejection(store.set('a', sessionData({ fields })))
      expect([fields, error]).toMatchObject([fields, { code: 'ERR_MONGODB_STORE_SESSION' }])
    }
    await store.set('a', sessionData({ fields: { user: 'ada', role: 'user' } }))
    const session = await load(store)
    session.fields = { role: 'user' }
    expect(await rejection(store.set('a', session as never))).toMatchObject({
      code: 'ERR_MONGODB_STORE_SESSION',
    })
    expect(await record(store)).toMatchObject({ user: 'ada' })
  })

  it('of the session sees each one whole, and refuses it', async () => {
    const seen: unknown[] = []
    const validate = (session: Data) => {
      seen.push([typeof session.cookie, session.views])
      return session.views !== 3
    }
    const store = await storeOn(visits({ session: { type: Mixed, validate } }))
    await store.set('a', sessionData({ views: 1 }))
    const session = await load(store)
    session.views = 2
    await store.set('a', session as never)
    session.views = 3
    const refused = await rejection(store.set('a', session as never))
    expect(refused).toMatchObject({ code: 'ERR_MONGODB_STORE_SESSION' })
    await store.touch('a', session as never)
    expect(await load(store)).toMatchObject({ views: 2 })
    expect(seen).toEqual([1, 2, 3].map((views) => ['object', views]))
  })

  it('`required` of what every record has changes nothing', async () => {
    const connection = closedLater(
      await mongoose.createConnection(uri, { monitorCommands: true }).asPromise(),
    )
    const required = { required: true }
    const schema = visits({
      _id: { type: String, ...required },
      session: { type: Mixed, ...required },
      expires: { type: Date, ...required },
    })
    const store = newStore({ model: connection.model('Visit', schema, uniqueName()) })
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData())))
    const commands: string[] = []
    store.client?.on('commandStarted', ({ commandName }) => commands.push(commandName))
    await Promise.all(['a', 'b'].map((sid) => store.get(sid)))
    expect(commands).toEqual(['find'])
  })
})

it('a touch writes other settings of the cookie into a session that is stored whole', async () => {
  const data = {
    n: 1,
    half: 0.5,
    list: [{ born: new Date(0) }],
    bytes: Buffer.from('ab'),
    empty: {},
  }
  const codec = { encode: (data: Data) => ({ data }), decode: ({ data }: Data) => data }
  for (const store of [
    await storeOn(visits(), { codec } as never),
    await storeOn(visits({ session: { type: Mixed, validate: () => true } })),
  ]) {
    await store.set('a', sessionData({ data }))
    const session = await load(store)
    Object.assign(session.cookie as Data, { path: '/shop' })
    await store.touch('a', session as never)
    expect(await load(store)).toEqual(session)
  }
})

it('a setter of the session is called with each one whole', async () => {
  const set = (session: Data) => ({ ...session, stamped: typeof session.cookie })
  const store = await storeOn(visits({ session: { type: Mixed, set } }))
  await store.set('a', sessionData({ views: 1 }))
  const session = await load(store)
  session.views = 2
  await store.set('a', session as never)
  await store.touch('a', session as never)
  await store.touch('a', sessionData({}, 120_000))
  expect(await load(store)).toMatchObject({ views: 2, stamped: 'object' })
})

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

/** Mongoose has hooks of `bulkWrite` since 8.2. */
const hasHooksOfBulkWrite = ({ version }: typeof mongoose) => !/^8\.[01]\./.test(version)
const itWithHooksOfBulkWrite = hasHooksOfBulkWrite(mongoose) ? it : it.skip

describe('a batch', () => {
  const gets = (store: MongoDBStore) => Promise.all(['a', 'b'].map((sid) => load(store, sid)))
  const sets = (store: MongoDBStore) =>
    Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData({ sid }))))

  it('of reads runs the hooks of find, which see each session as an object', async () => {
    const schema = visits()
    const found: unknown[] = []
    schema.post('find', (records: { session: Data }[]) => {
      found.push(records.map(({ session }) => session.sid).sort())
    })
    const store = await storeOn(schema)
    await sets(store)
    expect(await gets(store)).toMatchObject([{ sid: 'a' }, { sid: 'b' }])
    expect(found).toEqual([['a', 'b']])
  })

  itWithHooksOfBulkWrite('of writes runs the hooks of bulkWrite', async () => {
    const schema = visits()
    const sizes: number[] = []
    // Mongoose 8 gives a function before them, and nothing to a hook that names no parameters
    schema.pre('bulkWrite' as never, (first: unknown, second: unknown) => {
      const list = [first, second].find(Array.isArray) as unknown[]
      sizes.push(list.length)
      if (typeof first === 'function') first()
    })
    const store = await storeOn(schema)
    await sets(store)
    expect(sizes).toEqual([2])
    expect(await gets(store)).toMatchObject([{ sid: 'a' }, { sid: 'b' }])
  })

  it.each([3, 15])('of %i writes has one that the schema cannot cast fail alone', async (count) => {
    const codec = {
      encode: ({ n }: { n?: unknown }) => (n === 1 ? 'no number' : n),
      decode: (n: unknown) => ({ cookie: {}, n }),
    }
    const store = await storeOn(visits({ session: Number }), { codec } as never)
    const setting = Array.from({ length: count }, (_, n) => store.set(`s${n}`, sessionData({ n })))
    const outcomes = (await Promise.allSettled(setting)).map(({ status }) => status)
    expect(outcomes.filter((status) => status === 'rejected')).toHaveLength(1)
    expect(outcomes[1]).toBe('rejected')
    expect(await store.collection.countDocuments()).toBe(count - 1)
  })

  itIfServerHas('updateErrors', 'of many writes tells of the one that was refused', async () => {
    const store = await storeOn(visits({ email: String }), {
      fields: ({ email }: Data) => ({ email }),
    } as never)
    await store.collection.createIndex({ email: 1 }, { unique: true })
    await store.set('other', sessionData({ email: 'e2' }))
    const setting = Array.from({ length: 15 }, (_, n) =>
      store.set(`s${n}`, sessionData({ email: `e${n}` })),
    )
    const outcomes = (await Promise.allSettled(setting)).map(({ status }) => status)
    expect(outcomes.indexOf('rejected')).toBe(2)
    expect(outcomes.lastIndexOf('rejected')).toBe(2)
  })

  it('of writes tells which of them are new sessions, beside one that the schema cannot cast', async () => {
    const codec = {
      encode: ({ n }: { n?: unknown }) => (n === 1 ? 'no number' : n),
      decode: (n: unknown) => ({ cookie: {}, n }),
    }
    const store = await storeOn(visits({ session: Number }), { codec } as never)
    await store.set('s3', sessionData({ n: 9 }))
    const events: string[] = []
    store.on('create', (sid) => events.push(`create ${sid}`))
    store.on('update', (sid) => events.push(`update ${sid}`))
    const setting = [0, 1, 2, 3, 4].map((n) => store.set(`s${n}`, sessionData({ n })))
    await Promise.allSettled(setting)
    expect(events.sort()).toEqual(['create s0', 'create s2', 'create s4', 'update s3'])
  })

  describe.each(Object.entries(VERSIONS))('of writes, with %s,', (_, host) => {
    const itWithHooks = hasHooksOfBulkWrite(host) ? it : it.skip

    type Operations = { updateOne?: object; deleteOne?: object }[]

    /** With a hook that is given the operations; what it throws keeps Mongoose from sending them. */
    async function storeThatSkips(
      skip: (operations: Operations) => unknown,
      codec?: Options['codec'],
    ) {
      const connection = closedLater(await host.createConnection(uri).asPromise())
      const schema = new host.Schema(
        { _id: String, session: codec ? Number : Mixed, expires: Date, userId: String },
        { minimize: false, autoCreate: false, autoIndex: false },
      )
      // Mongoose 8 gives a function before them, and nothing to a hook that names no parameters
      schema.pre('bulkWrite' as never, async (first: unknown, second: unknown) => {
        const thrown = await skip([first, second].find(Array.isArray) as Operations)
        if (thrown) throw thrown
      })
      const model = connection.model('Visit', schema, uniqueName())
      const fields = ({ userId }: Data) => ({ userId })
      return newStore({ model: model as never, fields: fields as never, ...(codec && { codec }) })
    }

    const writesOf = (store: MongoDBStore) => {
      const ofOneSession = [
        store.set('c', sessionData({ views: 1 })),
        store.destroy('c'),
        store.set('c', sessionData({ views: 2 })),
      ]
      const others = ['d', 'e'].map((sid) => store.set(sid, sessionData({ userId: 'ada' })))
      const removals = ['f', 'g'].map((sid) => store.destroy(sid))
      return Promise.all([sets(store), ...ofOneSession, ...others, ...removals])
    }

    itWithHooks.each<[string, unknown[]]>([
      ['nothing', []],
      ['null', [null]],
      ['an answer', [{ ok: 1, matchedCount: 1, modifiedCount: 1 }]],
      ['an answer of zeros', [{ matchedCount: 0, modifiedCount: 0, upsertedCount: 0 }]],
    ])('that a hook keeps from being sent, and gives %s, is not sent', async (_name, answer) => {
      let skipped = 0
      const store = await storeThatSkips((operations) => {
        skipped += operations.length
        return host.skipMiddlewareFunction(...(answer as [unknown]))
      })
      await store.collection.insertMany(
        ['f', 'g'].map((_id) => ({ _id, session: { cookie: {} }, expires: null })) as never,
      )
      await writesOf(store)
      expect(skipped).toBeGreaterThanOrEqual(6)
      const left = await store.collection.find().toArray()
      expect(left.map(({ _id }) => String(_id)).sort()).toEqual(['f', 'g'])
    })

    itWithHooks('that a hook sends in another way is not sent a second time', async () => {
      const sent: unknown[] = []
      const connection = closedLater(await host.createConnection(uri).asPromise())
      const elsewhere = connection.collection(uniqueName())
      const store = await storeThatSkips(async (operations) => {
        sent.push(...operations)
        return host.skipMiddlewareFunction(await elsewhere.bulkWrite(operations as never))
      })
      await sets(store)
      expect(sent).toHaveLength(2)
      expect(await elsewhere.countDocuments()).toBe(2)
      expect(await store.collection.countDocuments()).toBe(0)
    })

    it('of which the schema can cast none has each fail, though there is a hook', async () => {
      const codec = { encode: () => 'no number', decode: () => ({ cookie: {} }) }
      const store = await storeThatSkips(() => undefined, codec as never)
      const setting = ['a', 'b'].map((sid) => store.set(sid, sessionData({ sid })))
      const outcomes = await Promise.allSettled(setting)
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(await store.collection.countDocuments()).toBe(0)
    })
  })

  itWithHooksOfBulkWrite(
    'of writes that such a hook refuses is not written in another way',
    async () => {
      const schema = visits()
      schema.pre('bulkWrite' as never, async () => {
        throw new Error('not now')
      })
      const store = await storeOn(schema)
      const ofOneSession = [1, 2].map((n) => store.set('a', sessionData({ n })))
      const others = ['b', 'c'].map((sid) => store.set(sid, sessionData()))
      const outcomes = await Promise.allSettled([...ofOneSession, ...others])
      expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
      expect(await store.collection.countDocuments()).toBe(0)
    },
  )
})
