/** The stores of others on MongoDB, which are closed after each test, whatever has become of them. */
import type { Store } from 'express-session'
import { closedLater } from './server'

interface Client {
  close(): Promise<void>
}

/** What a connect-mongodb-session has besides a store's methods. */
export interface ConnectMongoDBSession extends Store {
  readonly client: Client
  /** Rejects where it was told of no callback, and cannot connect or have its index. */
  readonly initialConnectionPromise: Promise<unknown>
}

/**
 * Its client stays open where its start has failed; and where it is closed before the index is there,
 * the start fails.
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

/** It closes its client also while it makes its index, and nobody hears that this fails. */
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
