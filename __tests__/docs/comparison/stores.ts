/** The stores of README's table, each on a database, or on what answers as its client does. */
import session, { type Store } from 'express-session'
import { closedLater, newStore, uniqueName, uri } from '../../support/server'

/** A store, and what it has sent to its database so far. */
export interface Opened {
  readonly store: Store
  readonly sent: unknown[]
}

export interface OpenOptions {
  /** Touches that move the expiry by less are not worth a write. */
  readonly lazily?: boolean
  readonly encrypted?: boolean
}

const MINUTE = 60_000
const SECRET = 'a secret of more than 32 characters'

async function ours({ lazily, encrypted }: OpenOptions): Promise<Opened> {
  const store = newStore({
    connectionOptions: { monitorCommands: true },
    ...(lazily ? { touchAfter: MINUTE } : {}),
    ...(encrypted ? { encryption: { secrets: SECRET } } : {}),
  })
  await store.ready()
  return { store, sent: heardBy(store.client as never) }
}

async function connectMongoDBSession(): Promise<Opened> {
  const Class = require('connect-mongodb-session')(session)
  const store = new Class({
    uri,
    collection: uniqueName(),
    connectionOptions: { monitorCommands: true },
  })
  await store.initialConnectionPromise
  closedLater(store.client)
  return { store, sent: heardBy(store.client) }
}

async function connectMongo({ lazily, encrypted }: OpenOptions): Promise<Opened> {
  const { MongoStore } = require('connect-mongo') as typeof import('connect-mongo')
  const { MongoClient } = require('mongodb') as { MongoClient: new (...args: unknown[]) => Client }
  const client = closedLater(new MongoClient(uri, { monitorCommands: true }))
  const store = MongoStore.create({
    client: (await client.connect()) as never,
    collectionName: uniqueName(),
    ...(lazily ? { touchAfter: MINUTE / 1000 } : {}),
    ...(encrypted ? { crypto: { secret: SECRET } } : {}),
  })
  await new Promise((resolve) => store.length(resolve))
  return { store, sent: heardBy(client) }
}

async function connectRedis(): Promise<Opened> {
  const { RedisStore } = require('connect-redis') as typeof import('connect-redis')
  const sent: unknown[] = []
  const told = (what: unknown) => sent.push(what)
  const values = new Map<string, string>()
  const client = {
    get: async (key: string) => told(key) && (values.get(key) ?? null),
    set: async (key: string, value: string) => told(value) && values.set(key, value),
    expire: async (key: string) => told(key),
    del: async ([key]: [string]) => told(key) && values.delete(key),
  }
  return { store: new RedisStore({ client: client as never }), sent }
}

async function connectPgSimple(): Promise<Opened> {
  const Class = require('connect-pg-simple')(session)
  const sent: unknown[] = []
  const values = new Map<string, string>()
  const query = async (sql: string, [first, , third]: [string, unknown, string]) => {
    sent.push(sql, JSON.stringify(first))
    // JSON, as the column is: text on its way in, an object on its way out
    const found = sql.startsWith('SELECT') && values.get(first)
    if (sql.startsWith('INSERT')) values.set(third, JSON.stringify(first))
    if (sql.startsWith('DELETE')) values.delete(first)
    return { rows: found ? [{ sess: JSON.parse(found) }] : [] }
  }
  const store = new Class({ pool: { query }, pruneSessionInterval: false })
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
