/** Other stores on MongoDB, which are closed after each test. */
import type { Store } from 'express-session'
import { closedLater } from './server'

interface Client {
  close(): Promise<void>
}

/** The members of connect-mongodb-session besides a store's. */
export interface ConnectMongoDBSession extends Store {
  readonly client: Client
  /** Rejects if it has no callback, and cannot connect or create its index. */
  readonly initialConnectionPromise: Promise<unknown>
}

/**
 * Its client stays open if its start fails. If it is closed before the index is there, the start fails.
 */
export function connectMongoDBSessionClosedLater<S extends object>(store: S): S {
  const { client, initialConnectionPromise } = store as unknown as ConnectMongoDBSession
  closedLater({
    async close() {
      await initialConnectionPromise.catch(() => {})
      await client.close()
    },
  })
  return store
}

/** If it is closed while it creates its index, the rejection is unhandled. */
export function connectMongoClosedLater<S extends object>(store: S): S {
  const { collectionP } = store as unknown as { collectionP: Promise<unknown> }
  closedLater({
    async close() {
      await collectionP.catch(() => {})
      await (store as unknown as Client).close()
    },
  })
  return store
}
