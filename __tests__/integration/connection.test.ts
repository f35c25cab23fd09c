/** Connections that the store owns, and those that it borrows, in each of their states. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { inspect } from 'node:util'
import session from 'express-session'
import mongoose, { Mongoose } from 'mongoose'
import { NOWHERE, refused } from '../support/nowhere'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  next,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const works = async (store: MongoDBStore) => {
  await store.set('a', sessionData({ views: 1 }))
  expect(await store.get('a')).toMatchObject({ views: 1 })
}

const reasonOf = (failing: Promise<unknown>) =>
  failing.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a borrowed connection', () => {
  it('may be open', async () => {
    await works(newStore({ connection: await newConnection() }))
  })

  it('may be connecting', async () => {
    await works(newStore({ connection: closedLater(mongoose.createConnection(uri)) }))
  })

  it('may be opened later', async () => {
    const connection = closedLater(mongoose.createConnection())
    const store = newStore({ connection })
    const found = store.get('a')
    await connection.openUri(uri)
    expect(await found).toBeNull()
    await works(store)
  })

  it('may be a Mongoose, which stands for its default connection', async () => {
    const own = new Mongoose()
    closedLater({ close: () => own.disconnect() })
    await own.connect(uri)
    const store = newStore({ connection: own })
    expect(store.connection).toBe(own.connection)
    await works(store)
  })

  it('may be of another copy of Mongoose', async () => {
    const other = require('mongoose-8') as typeof mongoose
    const connection = closedLater(await other.createConnection(uri).asPromise())
    await works(newStore({ connection }))
  })

  it('is left open by close', async () => {
    const connection = await newConnection()
    const store = newStore({ connection })
    await works(store)
    await store.close()
    expect(connection.readyState).toBe(1)
    expect(await connection.db!.command({ ping: 1 })).toMatchObject({ ok: 1 })
  })

  it.each([
    ['connection', (old: Mongoose) => ({ connection: old.createConnection() })],
    ['default connection', (old: Mongoose) => ({ connection: old })],
    [
      'model',
      (old: Mongoose) => ({
        model: old.model('S', new old.Schema({ _id: String, session: {}, expires: Date })),
      }),
    ],
  ])(
    'is refused where its Mongoose is too old, with the versions that work: %s',
    (_, optionsOf) => {
      const old = new Mongoose()
      Object.defineProperty(old, 'version', { value: '8.15.2' })
      expect(() => newStore(optionsOf(old))).toThrow(
        expect.objectContaining({
          code: 'ERR_MONGODB_STORE_MONGOOSE_VERSION',
          message: expect.stringMatching(/Mongoose 8\.16.*found 8\.15\.2.*npm install mongoose@9/),
        }),
      )
    },
  )

  it('is refused when it is closed', async () => {
    const connection = await newConnection()
    await connection.close()
    expect(() => newStore({ connection })).toThrow(
      expect.objectContaining({ code: 'ERR_MONGODB_STORE_CONNECTION_CLOSED' }),
    )
  })

  it('that is closed later fails each operation at once, and works when it is open again', async () => {
    const connection = await newConnection()
    const store = newStore({ connection })
    await works(store)
    await connection.close()
    await expect(store.get('a')).rejects.toMatchObject({
      code: 'ERR_MONGODB_STORE_CONNECTION_CLOSED',
    })
    await connection.openUri(uri)
    await works(store)
  })

  it('that failed to open fails each operation at once with the cause', async () => {
    const error = await refused(async (limits) => {
      const connection = closedLater(mongoose.createConnection())
      await connection.openUri(NOWHERE, limits).catch(() => {})
      return reasonOf(newStore({ connection }).get('a')!)
    })
    expect(error).toMatchObject({
      code: 'ERR_MONGODB_STORE_GET',
      message: expect.stringMatching(/^Error finding [\da-f]{16}: .*ECONNREFUSED/),
    })
  })

  it('that nobody opens fails each operation in time', async () => {
    const connection = closedLater(mongoose.createConnection())
    connection.set('bufferTimeoutMS', 30)
    const store = newStore({ connection })
    await expect(store.get('a')).rejects.toMatchObject({
      message: expect.stringMatching(/has not opened its Mongoose connection .* within 30 ms/),
    })
  })

  it('waits for as long as Node can, if the time limit of the connection is longer', async () => {
    const connection = closedLater(mongoose.createConnection())
    connection.set('bufferTimeoutMS', 2 ** 31)
    const found = newStore({ connection }).get('a')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await connection.openUri(uri)
    expect(await found).toBeNull()
  })

  it('that nobody opens fails each operation at once where buffering is off', async () => {
    const connection = closedLater(mongoose.createConnection())
    connection.set('bufferCommands', false)
    const store = newStore({ connection })
    await expect(store.get('a')).rejects.toMatchObject({
      message: expect.stringMatching(/has not opened .* buffering is turned off/),
    })
  })

  it.each([0, 1, 2, 3, 4, 5])(
    'that is opened %i turns of the microtask queue after an operation fails it with the cause',
    async (turns) => {
      const { message } = await refused(async (limits) => {
        const connection = closedLater(mongoose.createConnection())
        const reason = reasonOf(newStore({ connection }).get('a'))
        for (let turn = 0; turn < turns; turn++) await null
        await connection.openUri(NOWHERE, limits).catch(() => {})
        return reason
      })
      expect(message).toMatch(/^Error finding [\da-f]{16}: .*ECONNREFUSED/)
    },
  )

  it('serves another database by databaseName', async () => {
    const connection = await newConnection()
    const databaseName = uniqueName('db')
    const store = newStore({ connection, databaseName })
    await works(store)
    expect(store.db!.databaseName).toBe(databaseName)
    expect(connection.db!.databaseName).not.toBe(databaseName)
  })

  it('serves two stores with two collections, without naming anything', async () => {
    const connection = await newConnection()
    const [one, two] = [newStore({ connection }), newStore({ connection })]
    await one.set('a', sessionData({ who: 'one' }))
    await two.set('a', sessionData({ who: 'two' }))
    expect(await one.get('a')).toMatchObject({ who: 'one' })
    expect(await two.get('a')).toMatchObject({ who: 'two' })
  })

  it('serves two stores on one collection by one model', async () => {
    const connection = await newConnection()
    const collection = uniqueName()
    const [one, two] = [newStore({ connection, collection }), newStore({ connection, collection })]
    expect(two.model).toBe(one.model)
    await one.set('a', sessionData({ who: 'one' }))
    expect(await two.get('a')).toMatchObject({ who: 'one' })
  })
})

describe("options of connect-mongodb-session's users", () => {
  it('connect though they say what no driver looks at, and a listener added next is warned', async () => {
    const connectionOptions = { useNewUrlParser: true, useUnifiedTopology: true }
    const store = newStore({ uri, connectionOptions: connectionOptions as object })
    expect(await next<Error>(store, 'warning')).toMatchObject({
      code: 'ERR_MONGODB_STORE_CONNECTION_OPTIONS',
      message: expect.stringMatching(/useNewUrlParser.*useUnifiedTopology/),
    })
    await works(store)
  })

  it('that the driver does not know, or cannot use, throw in the constructor', () => {
    const before = mongoose.connections.length
    for (const connectionOptions of [{ poolSize: 5 }, { maxPoolSize: 'x' }]) {
      const start = () => newStore({ uri, connectionOptions: connectionOptions as object })
      expect(start).toThrow(TypeError)
      expect(start).toThrow(/`connectionOptions`: .*poolSize/i)
    }
    expect(mongoose.connections).toHaveLength(before)
  })
})

it('made with express-session, it throws what to write instead', () => {
  const make = () => new MongoDBStore(session as never)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(/write `new MongoDBStore\(\{ … \}\)`/)
})

describe("the app's default connection", () => {
  afterEach(() => mongoose.disconnect())

  it('is not used, nor anything else, where an option that was to say so is empty', async () => {
    await mongoose.connect(uri)
    for (const option of ['uri', 'connection', 'model', 'databaseName']) {
      expect(() => newStore({ uri, [option]: undefined })).toThrow(`\`${option}\` is undefined`)
    }
  })

  it('can be opened after a store was closed that had not found its server', async () => {
    const store = new MongoDBStore({ uri: NOWHERE }, () => {})
    await store.close()
    await mongoose.connect(uri)
    await works(newStore())
    await works(newStore({ uri }))
  })

  it('is used where the app has opened it, and nothing else is said', async () => {
    await mongoose.connect(uri)
    const store = closedLater(new MongoDBStore({ collection: uniqueName() }))
    expect(store.connection).toBe(mongoose.connection)
    await works(store)
  })

  it('is not used where the uri says otherwise', async () => {
    await mongoose.connect(uri)
    const store = newStore({ uri })
    expect(store.connection).not.toBe(mongoose.connection)
  })
})

describe("the app's model", () => {
  const schema = () => new mongoose.Schema({ _id: String, session: {}, expires: Date })

  it('holds the sessions', async () => {
    const connection = await newConnection()
    const Visit = connection.model('Session', schema(), uniqueName())
    const store = newStore({ model: Visit })
    await works(store)
    expect(await Visit.countDocuments()).toBe(1)
  })

  it('keeps the empty objects that its schema would drop', async () => {
    const connection = await newConnection()
    const store = newStore({ model: connection.model('Session', schema(), uniqueName()) })
    await store.set('a', sessionData({ cart: {}, nested: { empty: {} } }))
    expect(await store.get('a')).toMatchObject({ cart: {}, nested: { empty: {} } })
  })

  it('is refused without the paths that sessions need, naming them', async () => {
    const connection = await newConnection()
    const model = connection.model('Visit', new mongoose.Schema({ session: {} }))
    expect(() => newStore({ model })).toThrow(
      expect.objectContaining({
        code: 'ERR_MONGODB_STORE_MODEL_PATHS',
        message: expect.stringMatching(/_id: String, expires: Date/),
      }),
    )
  })

  it('of the name that ours would have gives an error that says what to do', async () => {
    const connection = await newConnection()
    connection.model('Session', new mongoose.Schema({ when: Date }))
    expect(() => newStore({ connection })).toThrow(
      expect.objectContaining({
        code: 'ERR_MONGODB_STORE_MODEL_NAME',
        message: expect.stringMatching(/`modelName`.*`model`/),
      }),
    )
    await works(newStore({ connection, modelName: 'ExpressSession' }))
  })
})

describe('starting', () => {
  it('says connected, then calls the callback without arguments', async () => {
    const order: unknown[] = []
    await new Promise<void>((resolve) => {
      const store = closedLater(
        new MongoDBStore({ uri, collection: uniqueName() }, (...args: unknown[]) => {
          order.push(['callback', ...args])
          resolve()
        }),
      )
      store.on('connected', () => order.push('connected'))
    })
    expect(order).toEqual(['connected', ['callback']])
  })

  it('resolves ready to the store', async () => {
    const store = newStore()
    expect(await store.ready()).toBe(store)
  })
})

describe('a server that is not there', () => {
  const lost = (limits = { serverSelectionTimeoutMS: 50 }) =>
    newStore({ uri: NOWHERE, connectionOptions: limits })

  it('is told to the error listener', async () => {
    const error = await refused((limits) => next(lost(limits), 'error'))
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_CONNECT' })
    expect(error.message).toMatch(/^Error connecting to db: .*ECONNREFUSED/)
  })

  it('is told to who waits for ready', async () => {
    await expect(lost().ready()).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CONNECT' })
  })

  it('is told to each operation, which tries again', async () => {
    const store = lost()
    store.on('error', () => {})
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_GET' })
    await expect(store.set('a', sessionData())).rejects.toMatchObject({
      code: 'ERR_MONGODB_STORE_SET',
      message: expect.stringMatching(/^Error setting [\da-f]{16}: /),
    })
  })

  const inProcess = (script: string) =>
    spawnSync(
      process.execPath,
      ['--unhandled-rejections=strict', path.join(__dirname, '../support/scripts', script)],
      { encoding: 'utf8', env: { ...process.env, URI: uri } },
    )

  it('leaves the process alive where a callback or a listener is told', () => {
    const { status, stdout, stderr } = inProcess('absent-server.js')
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: 'callback ERR_MONGODB_STORE_CONNECT\nlistener ERR_MONGODB_STORE_CONNECT\n',
    })
  })

  it('ends the process where nobody is told', () => {
    const { status, stderr } = inProcess('unhandled-failure.js')
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/Error connecting to db/)
  })

  it('is used as soon as it is there, without starting again', () => {
    const { status, stdout, stderr } = inProcess('late-server.js')
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: 'failed ERR_MONGODB_STORE_GET\nserved {"views":1}\nconnected\n',
    })
  })
})

describe('close', () => {
  it('is idempotent, and ends the connection that the store opened', async () => {
    const store = newStore()
    await works(store)
    await Promise.all([store.close(), store.close()])
    await store.close()
    expect(store.connection.readyState).toBe(0)
  })

  it('ends the start', async () => {
    const store = newStore()
    await store.close()
    expect(store.connection.readyState).toBe(0)
  })

  it.each(['promise', 'callback'])('tells what goes wrong by a code: %s', async (by) => {
    const store = await new MongoDBStore({ uri, collection: uniqueName() }).ready()
    const cause = new Error('of a listener')
    store.connection.on('close', () => {
      throw cause
    })
    const told = next(store, 'error')
    const closed = () =>
      by === 'promise' ? store.close() : new Promise((_, reject) => store.close(reject))
    const error = await closed().catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSE', cause })
    expect((error as Error).message).toMatch(/^Error closing the connection: /)
    expect(await told).toBe(error)
  })

  it('lets operations that are under way finish', async () => {
    const store = newStore()
    const stored = store.set('a', sessionData())
    await store.close()
    await expect(stored).resolves.toBeUndefined()
  })

  it('fails every later operation at once', async () => {
    const store = newStore()
    await store.close()
    const operations = [
      store.get('a'),
      store.set('a', sessionData()),
      store.touch('a', sessionData()),
      store.destroy('a'),
      store.all(),
      store.length(),
      store.clear(),
      store.ready(),
    ]
    for (const operation of operations) {
      await expect(operation).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
    }
  })

  it('is what `await using` calls', async () => {
    const store = newStore()
    await store[Symbol.asyncDispose]()
    expect(inspect(store)).toMatch(/state: 'closed'/)
  })

  it.each(['close-and-end.js', 'close-without-server.js'])(
    'lets the process end by itself: %s',
    (name) => {
      const script = path.join(__dirname, '../support/scripts', name)
      const { status } = spawnSync(process.execPath, [script], {
        env: { ...process.env, URI: uri },
        timeout: 80_000, // what could keep it alive would do so for longer
      })
      expect(status).toBe(0)
    },
  )
})

describe('the members that connect-mongodb-session has', () => {
  it('are there as soon as the store is', () => {
    const store = newStore({ databaseName: 'members' })
    expect(store.client).toBeDefined()
    expect(store.db!.databaseName).toBe('members')
    expect(store.collection.collectionName).toBe(store.options.collection)
  })

  it('are the client, the database and the collection of the driver', async () => {
    const collection = uniqueName()
    const store = await newStore({ collection }).ready()
    expect(await store.client!.db().command({ ping: 1 })).toMatchObject({ ok: 1 })
    // That of the uri
    expect(store.db!.databaseName).toBe((await newConnection()).db!.databaseName)
    expect(store.collection.collectionName).toBe(collection)
  })

  it('are one object each, so that a stub on it has an effect', async () => {
    for (const options of [{}, { databaseName: 'members' }]) {
      const store = newStore(options)
      await store.ready()
      const { db, collection } = store
      await store.get('a')
      expect(store.db).toBe(db)
      expect(store.collection).toBe(collection)
      const finding = jest.spyOn(store.collection, 'findOne').mockRejectedValue(new Error('stub'))
      await expect(store.get('a')).rejects.toMatchObject({ cause: { message: 'stub' } })
      finding.mockRestore()
    }
  })
})
