/** local-mongodb/README.md, "As strict as MongoDB": what the strict proxy refuses, and how it is told. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  directUri,
  hostAddressOf,
  type LocalMongoDB,
  primaryUri,
  startMongoDB,
  withDatabase,
} from 'local-mongodb'
import { mongo } from 'mongoose'
import { closedLater } from '../support/server'

/** In an environment of its own, which is that of the whole process. */
async function started(env: Record<string, string>): Promise<LocalMongoDB> {
  const { MONGODB_URI: uri, LOCAL_MONGODB: kind, LOCAL_MONGODB_STRICT: strict } = process.env
  const before = { MONGODB_URI: uri, LOCAL_MONGODB: kind, LOCAL_MONGODB_STRICT: strict }
  delete process.env.MONGODB_URI
  Object.assign(process.env, env)
  try {
    const server = await startMongoDB()
    closedLater({ close: () => server.stop() })
    return server
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

const ROOT = path.join(__dirname, '../..')

/** Of jongodb in particular, which is there for Linux on x64 alone. */
function itWithJongodb(name: string, body: () => Promise<void>): void {
  if (existsSync(path.join(ROOT, 'node_modules/@jongodb'))) it(name, body)
  else it.skip(`${name} [there is no jongodb for this machine]`, body)
}

const strictly = (topology: string) =>
  started({ LOCAL_MONGODB: 'jongodb', LOCAL_MONGODB_STRICT: topology })

async function clientOf(uri: string, options: object = {}): Promise<mongo.MongoClient> {
  const limits = { serverSelectionTimeoutMS: 3000, ...options }
  return closedLater(await mongo.MongoClient.connect(uri, limits))
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'ok',
    (error) => error.code,
  )

describe('the strict proxy', () => {
  itWithJongodb('refuses a client that does not name its driver, as MongoDB does', async () => {
    const { uri } = await strictly('standalone')
    const nameless = {
      os: {
        platform: () => {
          throw new Error()
        },
      },
    } // the driver then says nothing
    const connecting = clientOf(uri, { runtimeAdapters: nameless })
    await expect(connecting).rejects.toThrow(/'driver'/)
    await clientOf(uri)
  })

  itWithJongodb(
    'refuses keys with a dollar, each write by itself, and stores the others',
    async () => {
      const collection = (await clientOf((await strictly('standalone')).uri)).db().collection('a')
      const set = (value: object) =>
        collection.updateOne({ a: 1 }, { $set: { value } }, { upsert: true })
      expect(await codeOf(set({ b: [{ $c: 1 }] }))).toBe(52)
      for (const value of [{ $ref: null }, { $id: 1 }, { a: 1, $db: 'b' }]) {
        expect([value, await codeOf(set(value))]).toEqual([value, 55])
      }
      expect(await codeOf(set({ $ref: 'a', $id: 1, $db: 'b' }))).toBe('ok')
      const values = [{ $b: 1 }, { b: 2 }, { $b: 3 }, { b: 4 }]
      const operations = values.map((value, i) => ({
        updateOne: { filter: { i }, update: { $set: { value } }, upsert: true },
      }))
      const error = await collection.bulkWrite(operations, { ordered: false }).catch((e) => e)
      expect(
        error.writeErrors.map(({ index, code }: { index: number; code: number }) => [index, code]),
      ).toEqual([
        [0, 52],
        [2, 52],
      ])
      expect(error.result.upsertedCount).toBe(2)
    },
  )

  itWithJongodb('refuses another index in the place of one that is there', async () => {
    const collection = (await clientOf((await strictly('standalone')).uri)).db().collection('a')
    const ttl = { expireAfterSeconds: 0 }
    const making = [
      await codeOf(collection.createIndex({ expires: 1 }, ttl)),
      await codeOf(collection.createIndex({ expires: 1 }, ttl)),
      await codeOf(collection.createIndex({ expires: 1 })),
      await codeOf(collection.createIndex({ expires: 1 }, { ...ttl, name: 'another' })),
      await codeOf(collection.createIndex({ other: 1 }, { name: 'expires_1' })),
    ]
    expect(making).toEqual(['ok', 'ok', 85, 85, 86])
  })

  itWithJongodb('refuses names of databases as MongoDB does', async () => {
    const client = await clientOf((await strictly('standalone')).uri)
    const insertInto = (database: string) =>
      codeOf(client.db(database).collection('a').insertOne({ a: 1 }))
    expect(await insertInto('Shop')).toBe('ok')
    expect(await insertInto('shop')).toBe(13297)
    expect(await insertInto('x'.repeat(64))).toBe(73)
  })

  itWithJongodb('knows no transaction numbers as a standalone', async () => {
    const client = await clientOf((await strictly('standalone')).uri)
    const insert = { insert: 'a', documents: [{}], txnNumber: mongo.Long.fromNumber(1) }
    expect(await codeOf(client.db().command(insert))).toBe(20)
  })

  itWithJongodb('is watched by a second connection, which comes when it likes', async () => {
    const { uri } = await strictly('standalone')
    const client = new mongo.MongoClient(uri, { heartbeatFrequencyMS: 500 })
    closedLater(client)
    let awaited = 0
    const many = new Promise<void>((resolve) => {
      client.on('serverHeartbeatSucceeded', (heartbeat) => {
        if (heartbeat.awaited && ++awaited === 3) resolve()
      })
    })
    await client.connect()
    await many
  })

  itWithJongodb(
    'has three members as a replica set, of which a client finds the primary',
    async () => {
      const { uri } = await strictly('replica-set')
      const client = await clientOf(uri)
      expect(client.options.hosts).toHaveLength(3)
      const hello = await client.db().command({ hello: 1 })
      expect(hello).toMatchObject({ setName: 'strict', isWritablePrimary: true })
      const secondary = hello.hosts.find((host: string) => host !== hello.me)
      const beside = await clientOf(directUri(uri, secondary))
      expect(await codeOf(beside.db().collection('a').insertOne({}))).toBe(10107)
      // Through a secondary as well
      const found = await primaryUri(`mongodb://${secondary}/test?replicaSet=strict`)
      expect(hostAddressOf(found)).toEqual(hostAddressOf(`mongodb://${hello.me}`))
      expect(await codeOf((await clientOf(found)).db().collection('a').insertOne({}))).toBe('ok')
    },
  )

  itWithJongodb('does a write that comes twice with one number once', async () => {
    const client = await clientOf((await strictly('replica-set')).uri)
    await client.withSession(async (session) => {
      const txnNumber = mongo.Long.fromNumber(1)
      const insert = { insert: 'a', documents: [{ a: 1 }], txnNumber }
      for (let i = 0; i < 2; i++) await client.db().command(insert, { session })
    })
    expect(await client.db().collection('a').countDocuments({})).toBe(1)
  })

  itWithJongodb('of another name is refused, with those that there are', async () => {
    await expect(strictly('sharded')).rejects.toThrow(/standalone or replica-set, but is sharded/)
  })
})

describe('a connection string', () => {
  it.each([
    ['mongodb://a,b:1,c/?replicaSet=rs', 'mongodb://x:2/?directConnection=true'],
    [
      'mongodb://u:p%40w@a,b/app?replicaSet=rs&w=1',
      'mongodb://u:p%40w@x:2/app?w=1&directConnection=true',
    ],
    ['mongodb://a', 'mongodb://x:2/?directConnection=true'],
    ['mongodb://a?directConnection=true', 'mongodb://x:2/?directConnection=true'],
  ])('%s is that of one server', (uri, expected) => {
    expect(directUri(uri, 'x:2')).toBe(expected)
    expect(hostAddressOf(directUri(uri, 'x:2'))).toEqual({ host: 'x', port: 2 })
  })

  it.each([
    ['mongodb://a,b/?replicaSet=rs', 'mongodb://a,b/mine?replicaSet=rs'],
    ['mongodb://a,b/app', 'mongodb://a,b/mine'],
    ['mongodb://u:p@a/app', 'mongodb://u:p@a/mine?authSource=app'],
  ])('%s is that of another database, with the same users', (uri, expected) => {
    expect(withDatabase(uri, 'mine')).toBe(expected)
  })

  it('of a server that is asked by TLS has no address for a proxy', () => {
    expect(() => hostAddressOf('mongodb://a/?tls=true')).toThrow(/TLS/)
  })
})

it('the first line of the tests says that the server is a stand-in, where it is', () => {
  const script = `require('./local-mongodb/jest/global-setup')().then(require('./local-mongodb/jest/global-teardown'))`
  const { stdout } = spawnSync(process.execPath, ['-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      MONGODB_URI: process.env.TEST_MONGODB_URI,
      LOCAL_MONGODB: '',
      LOCAL_MONGODB_STRICT: '',
    },
  })
  const [first] = stdout.split('\n')
  const isStandIn = !/mongod \d/.test(process.env.TEST_MONGODB_KIND as string)
  expect(first).toEqual(
    isStandIn
      ? 'tested on a stand-in: install mongod for the real thing'
      : expect.stringMatching(/^Server: /),
  )
})
