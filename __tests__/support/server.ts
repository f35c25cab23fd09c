/** The server that the run has found, and stores on it that are closed after each test. */
import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import mongoose, { type Connection } from 'mongoose'

import connect = require('../../src')

import { closedLater } from './left-behind'

export { closedLater, expectedWarnings } from './left-behind'

export const { MongoDBStore } = connect
export type MongoDBStore = connect.MongoDBStore
export type Options = connect.MongoDBStoreOptions

/** The server's connection string, see local-mongodb. */
export const uri = process.env.TEST_MONGODB_URI as string

const abilities = JSON.parse(process.env.TEST_MONGODB_ABILITIES ?? '{}') as Record<string, unknown>

/** Whether the server has the ability. */
export const serverHas = (ability: string): boolean => abilities[ability] === true

/** A test that is skipped if the server lacks the ability; its name then says so. */
export function itIfServerHas(ability: string, name: string, body: () => Promise<void>): void {
  if (serverHas(ability)) it(name, body)
  else it.skip(`${name} [the server lacks: ${ability}]`, body)
}

/** A name that no other test uses. */
export function uniqueName(prefix = 'sessions'): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`
}

/** A store with a collection and, unless the options name one, a connection of its own. */
export function newStore(options: Options = {}): MongoDBStore {
  const isPlaced = options.connection || options.model || options.uri
  const where = isPlaced ? {} : { uri }
  const collection = options.model ? {} : { collection: uniqueName() }
  return closedLater(new MongoDBStore({ ...where, ...collection, ...options }))
}

/** A store that needs no index: it creates none, and removes nothing. */
export function newStoreWithoutIndexes(options: Options = {}): MongoDBStore {
  return newStore({ createIndexes: false, autoRemove: 'disabled', ...options })
}

/** An open connection of the app's own. */
export async function newConnection(): Promise<Connection> {
  return closedLater(await mongoose.createConnection(uri).asPromise())
}

/** Plain session data, with a cookie that expires in `maxAge` ms. */
export function sessionData(
  data: Record<string, unknown> = {},
  maxAge: number | null = 60_000,
): never {
  const expires = maxAge === null ? null : new Date(Date.now() + maxAge)
  return {
    cookie: { originalMaxAge: maxAge, expires, path: '/', httpOnly: true },
    ...data,
  } as never
}

/** Resolves to the argument of the next `event`. Unlike `once` of node:events, it does not reject on `error`. */
export function next<E = unknown>(emitter: Pick<EventEmitter, 'once'>, event: string): Promise<E> {
  return new Promise((resolve) => {
    emitter.once(event, resolve)
  })
}
