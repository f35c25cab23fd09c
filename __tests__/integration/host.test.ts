/** The host's manners: what an app has set on its Mongoose, its connection or its model. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { inspect } from 'node:util'
import mongoose, { Mongoose, type Schema, type SchemaOptions } from 'mongoose'
import {
  closedLater,
  type MongoDBStore,
  newConnection,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

type Data = Record<string, unknown>

/** Every method once, with what it has to come to. */
async function works(store: MongoDBStore): Promise<void> {
  await store.set('a', sessionData({ views: 1, cart: {}, gone: 1 }))
  const session = (await store.get('a')) as unknown as Data
  session.views = 2
  delete session.gone
  await store.set('a', session as never)
  await store.touch('a', session as never)
  await store.touch('a', sessionData({}, 120_000))
  const { cookie: _, ...data } = (await store.get('a')) as unknown as Data
  expect(data).toEqual({ views: 2, cart: {} })
  expect(await store.length()).toBe(1)
  expect(await store.all()).toMatchObject([{ id: 'a', views: 2 }])
  await store.destroy('a')
  expect(await store.get('a')).toBeNull()
  await store.set('b', sessionData())
  await store.clear()
  expect(await store.length()).toBe(0)
}

/** An app's own Mongoose, with what it has set. */
async function hostWith(settings: Data, connectOptions = {}): Promise<mongoose.Connection> {
  const host = new Mongoose()
  for (const [key, value] of Object.entries(settings)) host.set(key as 'debug', value as boolean)
  return closedLater(await host.createConnection(uri, connectOptions).asPromise())
}

/** Not every version of Mongoose has every setting: one that it lacks is skipped, by name. */
function itWhereMongooseKnows(
  setting: string,
  name: string,
  body: (setting: string) => Promise<void>,
): void {
  try {
    new Mongoose().set(setting as 'debug', true)
    it(`${setting} ${name}`, () => body(setting))
  } catch {
    it.skip(`${setting} ${name} [not in Mongoose ${mongoose.version}]`, () => {})
  }
}

const schemaWith = (options: SchemaOptions = {}, fields: Data = {}) =>
  new mongoose.Schema(
    { _id: String, session: {}, expires: Date, ...fields } as never,
    { autoIndex: false, autoCreate: false, ...options } as never,
  ) as unknown as Schema

const storeOn = async (schema: Schema, options: Options = {}) => {
  const connection = await newConnection()
  return newStore({ model: connection.model('Visit', schema, uniqueName()), ...options })
}

describe("an app's settings of Mongoose", () => {
  it.each<[string, Data]>([
    ['sanitizeFilter', { sanitizeFilter: true }],
    ['strictQuery', { strictQuery: 'throw' }],
    ['runValidators', { runValidators: true }],
    ['bufferCommands', { bufferCommands: false }],
  ])('%s do not matter', async (_name, settings) => {
    await works(newStore({ connection: await hostWith(settings) }))
  })

  itWhereMongooseKnows('transactionAsyncLocalStorage', 'does not matter', async (setting) => {
    await works(newStore({ connection: await hostWith({ [setting]: true }) }))
  })

  it('sanitizeFilter and runValidators do not matter together', async () => {
    const settings = { sanitizeFilter: true, runValidators: true }
    await works(newStore({ connection: await hostWith(settings) }))
  })

  it.each<[string, Data]>([
    ['sanitizeFilter', { sanitizeFilter: true }],
    ['useBigInt64', { useBigInt64: true }],
    ['promoteValues: false', { promoteValues: false }],
    ['promoteLongs: false', { promoteLongs: false }],
    ['bsonRegExp', { bsonRegExp: true }],
    ['ignoreUndefined', { ignoreUndefined: true }],
  ])('%s of the connection does not matter', async (_name, connectionOptions) => {
    await works(newStore({ connectionOptions }))
    await works(newStore({ connection: await hostWith({}, connectionOptions) }))
  })

  it('do not matter to a model with middleware', async () => {
    const host = new Mongoose()
    host.set('sanitizeFilter', true)
    const connection = closedLater(await host.createConnection(uri).asPromise())
    const schema = new host.Schema({ _id: String, session: {}, expires: Date })
    schema.pre('updateOne', () => {})
    await works(newStore({ model: connection.model('Visit', schema, uniqueName()) }))
  })

  it('connectionOptions ask for a connection of its own', async () => {
    await mongoose.connect(uri)
    const store = newStore({ connectionOptions: { maxPoolSize: 2 } })
    expect(store.connection).not.toBe(mongoose.connection)
    await mongoose.disconnect()
  })
})

describe("an app's model", () => {
  it.each<[string, () => Schema]>([
    ['with timestamps', () => schemaWith({ timestamps: true })],
    ['that is strict', () => schemaWith({ strict: 'throw' })],
    ['that drops empty objects', () => schemaWith({ minimize: true })],
    ['with defaults', () => schemaWith({}, { seen: { type: Date, default: Date.now } })],
    [
      'with hidden paths',
      () =>
        schemaWith(
          {},
          {
            session: { type: mongoose.Schema.Types.Mixed, select: false },
            expires: { type: Date, select: false },
            seen: { type: Date, default: Date.now },
          },
        ),
    ],
  ])('%s works', async (_name, schema) => {
    await works(await storeOn(schema()))
  })

  it('with a validator works, and what that refuses is not stored', async () => {
    const validate = (session: Data) => session.cookie instanceof Object && !session.refused
    const store = await storeOn(
      schemaWith({}, { session: { type: mongoose.Schema.Types.Mixed, validate } }),
    )
    await works(store)
    const error = { code: 'ERR_MONGODB_STORE_SESSION' }
    await expect(store.set('a', sessionData({ refused: true }))).rejects.toMatchObject(error)
    expect(await store.length()).toBe(0)
  })

  it('has its middleware run for each query', async () => {
    const ran: string[] = []
    const schema = schemaWith()
    for (const query of ['findOne', 'updateOne', 'deleteOne'] as const) {
      schema.pre(query as never, () => void ran.push(query))
    }
    schema.post('findOne', (found: { session: Data } | null) => {
      if (found) found.session.seen = true
    })
    const store = await storeOn(schema)
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData())))
    expect(await store.get('a')).toMatchObject({ seen: true })
    await store.destroy('a')
    expect(ran).toEqual(['updateOne', 'updateOne', 'findOne', 'deleteOne'])
  })

  it('has its middleware run for the queries about many, and stays batched for one', async () => {
    const ran: string[] = []
    const schema = schemaWith()
    for (const query of ['countDocuments', 'deleteMany'] as const) {
      schema.pre(query as never, () => void ran.push(query))
    }
    const store = await storeOn(schema)
    await store.set('a', sessionData())
    await store.length()
    await store.destroyMany({ _id: 'a' })
    await store.clear()
    expect(ran).toEqual(['countDocuments', 'deleteMany', 'deleteMany'])
  })

  it('has its setters called with the session', async () => {
    const set = (session: Data) => ({ ...session, stamped: true })
    const schema = schemaWith({}, { session: { type: mongoose.Schema.Types.Mixed, set } })
    const store = await storeOn(schema)
    await store.set('a', sessionData({ views: 1 }))
    expect(await store.get('a')).toMatchObject({ views: 1, stamped: true })
  })

  it("may hold a codec's text, and have middleware", async () => {
    const schema = schemaWith({}, { session: String })
    schema.pre('updateOne', () => {})
    const encode = (session: object) => JSON.stringify(session)
    const codec = { encode, decode: (stored: unknown) => JSON.parse(stored as string) }
    await works(await storeOn(schema, { codec }))
  })

  it('has its timestamps kept', async () => {
    const store = await storeOn(schemaWith({ timestamps: true }))
    await store.set('a', sessionData())
    const record = await store.collection.findOne()
    expect(record).toMatchObject({ createdAt: expect.any(Date), updatedAt: expect.any(Date) })
  })
})

describe('a session that is saved twice without waiting', () => {
  it('ends as it was saved last', async () => {
    const store = newStore()
    await store.set('a', sessionData({ n: 0 }))
    const session = (await store.get('a')) as unknown as Data
    session.n = 1
    const first = store.set('a', session as never)
    session.n = 0
    await Promise.all([first, store.set('a', session as never)])
    expect(await store.get('a')).toMatchObject({ n: 0 })
  })
})

describe('what cannot be', () => {
  it('a second argument that is no function throws', () => {
    expect(
      () => newStore.call(null, {}) && new (require('../../src').MongoDBStore)({}, 'x'),
    ).toThrow(/must be a function/)
  })

  it('a codec that gives nothing stores nothing', async () => {
    const store = newStore({ codec: { encode: () => undefined, decode: (stored) => stored } })
    await expect(store.set('a', sessionData())).rejects.toMatchObject({
      code: 'ERR_MONGODB_STORE_SESSION',
      message: expect.stringMatching(/returned nothing/),
    })
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('a lifetime that is no number says so', async () => {
    const store = newStore({ expires: () => undefined as never })
    await expect(store.set('a', sessionData({}, null))).rejects.toMatchObject({
      message: expect.stringMatching(/`expires` did not return a positive number/),
    })
  })

  it.each([
    'mongodb://user:s3cret-password',
    'mongodb://user:s3cret-password@',
    'mongodb://user:s3cret-password@h:port',
    'mongodb://us%er:s3cret-password@h',
  ])('a malformed uri throws without quoting it: %#', (malformed) => {
    const attempt = () => newStore({ uri: malformed })
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/s3cret/) }),
    )
  })

  it('a connection that nobody opens still answers, and does not outlive its answer', () => {
    const script = path.join(__dirname, '../support/scripts/never-opened.js')
    const { stdout, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect({ stdout, status }).toEqual({ stdout: 'ERR_MONGODB_STORE_CONNECT\nclosed\n', status: 0 })
  })

  it('a store on a connection that nobody opens keeps no process alive', () => {
    const script = path.join(__dirname, '../support/scripts/never-opened-unused.js')
    const { status } = spawnSync(process.execPath, [script], { timeout: 80_000 })
    expect(status).toBe(0)
  })
})

it("the app's debug output shows what is written, one by one and in batches", async () => {
  const shown: string[] = []
  const connection = await hostWith({
    debug: (_collection: string, method: string, ...args: unknown[]) => {
      const [first, second] = [args].flat(2)
      shown.push(`${method} ${inspect(args, { depth: 9 })}`, JSON.stringify([first, second]))
    },
  })
  const store = newStore({ connection })
  await store.ready()
  shown.length = 0
  await store.set('a', sessionData({ user: { name: 'Ada' } }))
  await Promise.all(['b', 'c'].map((sid) => store.set(sid, sessionData({ user: { name: 'Bob' } }))))
  const id = new mongoose.Types.ObjectId()
  await store.set(
    'a',
    Object.assign((await store.get('a')) as never, { at: new Date(5), id }) as never,
  )
  expect(shown.find((each) => each.startsWith('updateOne'))).toContain("name: 'Ada'")
  expect(shown.find((each) => each.startsWith('bulkWrite'))).toContain("name: 'Bob'")
  expect(shown.join()).toContain('"name":"Bob"')
  // What is written by path is itself a value that shows itself
  expect(shown.join()).toContain(`"session.at":"${new Date(5).toJSON()}","session.id":"${id}"`)
})

it.each([
  { raw: true },
  { promoteValues: false },
  { promoteLongs: false },
  { useBigInt64: true },
  { fieldsAsRaw: { n: true } },
])('a connection with %p changes no result', async (options) => {
  const connection = closedLater(await mongoose.createConnection(uri, options).asPromise())
  const store = newStore({ connection, collection: uniqueName() })
  for (const n of [1, 2]) await store.set(`s${n}`, sessionData({ n }))
  expect(await store.length()).toBe(2)
  expect(await store.all()).toMatchObject([{ n: 1 }, { n: 2 }])
  expect(await store.get('s1')).toMatchObject({ n: 1 })
  expect(await store.destroyMany({ 'session.n': 1 })).toBe(1)
})
