/** The stores of the table, each on a database, or on what answers as its client does. */
import session, { type Store } from 'express-session'
import type { mongo } from 'mongoose'
import { connectMongoDBSessionClosedLater } from '../../support/other-stores'
import { closedLater, newStore, uri as ofTheTests, uniqueName } from '../../support/server'

/** A store, and what it has sent to its database so far. */
export interface Opened {
  readonly store: Store
  readonly sent: unknown[]
  /** The class of its driver, where that is not Mongoose's. */
  readonly ObjectId?: typeof mongo.ObjectId
}

export interface OpenOptions {
  /** Touches that move the expiry by less are not worth a write. */
  readonly lazily?: boolean
  readonly encrypted?: boolean
  /** Sessions as more than JSON, where the store has a choice. */
  readonly typed?: boolean
  /** What stands before each id as it is stored, where the store has a choice. */
  readonly prefixed?: string
  /** For a store of MongoDB another server than that of the tests. */
  readonly uri?: string
}

const MINUTE = 60_000
const SECRET = 'a secret of more than 32 characters'

async function ours({
  lazily,
  encrypted,
  prefixed,
  uri = ofTheTests,
}: OpenOptions): Promise<Opened> {
  const store = newStore({
    uri,
    collection: uniqueName(),
    connectionOptions: { monitorCommands: true },
    awaitTouch: true,
    ...(lazily ? { touchAfter: MINUTE } : {}),
    ...(encrypted ? { encryption: { secrets: SECRET } } : {}),
    ...(prefixed ? { transformId: (sid: string) => `${prefixed}${sid}` } : {}),
  })
  await store.ready()
  return { store, sent: heardBy(store.client as never) }
}

async function connectMongoDBSession({ uri = ofTheTests }: OpenOptions): Promise<Opened> {
  const Class = require('connect-mongodb-session')(session)
  const store = new Class({
    uri,
    collection: uniqueName(),
    connectionOptions: { monitorCommands: true },
  })
  await connectMongoDBSessionClosedLater(store).initialConnectionPromise
  const itsPlace = { paths: [require.resolve('connect-mongodb-session')] }
  const { ObjectId } = require(require.resolve('mongodb', itsPlace))
  return { store, sent: heardBy(store.client), ObjectId }
}

async function connectMongo({
  lazily,
  encrypted,
  typed,
  prefixed,
  uri = ofTheTests,
}: OpenOptions): Promise<Opened> {
  const { MongoStore } = require('connect-mongo') as typeof import('connect-mongo')
  const { MongoClient, ObjectId } = require('mongodb') as {
    MongoClient: new (...args: unknown[]) => Client
    ObjectId: typeof mongo.ObjectId
  }
  const client = closedLater(new MongoClient(uri, { monitorCommands: true }))
  const store = MongoStore.create({
    client: (await client.connect()) as never,
    collectionName: uniqueName(),
    ...(lazily ? { touchAfter: MINUTE / 1000 } : {}),
    ...(encrypted ? { crypto: { secret: SECRET } } : {}),
    ...(typed ? { stringify: false } : {}),
    ...(prefixed ? { transformId: (sid: string) => `${prefixed}${sid}` } : {}),
  })
  await new Promise((resolve) => store.length(resolve))
  return { store, sent: heardBy(client), ObjectId }
}

/** What ends, as Redis and PostgreSQL are told that it does. */
class Expiring<V> extends Map<string, { value: V; end: number }> {
  /** Those that have not ended, by their keys. */
  live(): Map<string, V> {
    const entries = [...this].filter(([, { end }]) => end > Date.now())
    return new Map(entries.map(([key, { value }]) => [key, value]))
  }

  move(key: string, end: number): void {
    const entry = this.get(key)
    if (entry) this.set(key, { ...entry, end })
  }
}

const inSeconds = (seconds: number) => Date.now() + seconds * 1000

async function connectRedis({ lazily, prefixed }: OpenOptions): Promise<Opened> {
  const { RedisStore } = require('connect-redis') as typeof import('connect-redis')
  const sent: unknown[] = []
  const values = new Expiring<string>()
  const client = {
    async get(key: string) {
      sent.push(['GET', key])
      return values.live().get(key) ?? null
    },
    async mGet(keys: string[]) {
      sent.push(['MGET', ...keys])
      return keys.map((key) => values.live().get(key) ?? null)
    },
    async set(key: string, value: string, { expiration }: { expiration: { value: number } }) {
      sent.push(['SET', key, value])
      values.set(key, { value, end: inSeconds(expiration.value) })
    },
    async expire(key: string, seconds: number) {
      sent.push(['EXPIRE', key])
      values.move(key, inSeconds(seconds))
    },
    async del(keys: string[]) {
      sent.push(['DEL', ...keys])
      for (const key of keys) values.delete(key)
    },
    async *scanIterator() {
      sent.push(['SCAN'])
      yield [...values.live().keys()]
    },
  }
  const options = {
    ...(lazily ? { disableTouch: true } : {}),
    ...(prefixed ? { prefix: prefixed } : {}),
  }
  return { store: new RedisStore({ client: client as never, ...options }), sent }
}

async function connectPgSimple({ lazily }: OpenOptions): Promise<Opened> {
  const Class = require('connect-pg-simple')(session)
  const sent: unknown[] = []
  const values = new Expiring<string>()
  const query = async (sql: string, parameters: unknown[]) => {
    sent.push([sql, JSON.stringify(parameters)])
    const [kind] = sql.split(' ')
    if (kind === 'INSERT') {
      const [value, seconds, sid] = parameters as [object, number, string]
      // JSON, as the column is: text on its way in, an object on its way out
      values.set(sid, { value: JSON.stringify(value), end: seconds * 1000 })
    }
    if (kind === 'UPDATE') values.move(parameters[1] as string, Number(parameters[0]) * 1000)
    if (kind === 'DELETE') values.delete(parameters[0] as string)
    const found = kind === 'SELECT' ? values.live().get(parameters[0] as string) : undefined
    return { rows: found ? [{ sess: JSON.parse(found) }] : [] }
  }
  const options = lazily ? { disableTouch: true } : {}
  const store = new Class({ pool: { query }, pruneSessionInterval: false, ...options })
  return { store, sent }
}

interface Client {
  connect(): Promise<unknown>
  close(): Promise<void>
  on(event: 'commandStarted', hear: (started: { command: unknown }) => void): void
}

function heardBy(client: Client): unknown[] {
  const sent: unknown[] = []
  client.on('commandStarted', ({ command }) => sent.push(command))
  return sent
}

/** By their names in the table. */
export const STORES: Record<string, (options: OpenOptions) => Promise<Opened>> = {
  'express-mongoose-session': ours,
  'connect-mongodb-session': connectMongoDBSession,
  'connect-mongo': connectMongo,
  'connect-redis': connectRedis,
  'connect-pg-simple': connectPgSimple,
}
