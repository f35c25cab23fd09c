/** What the operations are called: each method, its error's code, and how that error's message begins. */
import type { MongoDBStoreErrorCode } from '../errors'

/**
 * The operations, each of which has a channel of `node:diagnostics_channel`:
 * `express-mongoose-session:get` and so on. Each publishes {@link OperationReport}s.
 * @public
 */
export type StoreOperation =
  | 'get'
  | 'set'
  | 'touch'
  | 'destroy'
  | 'destroyMany'
  | 'all'
  | 'length'
  | 'clear'

interface Wording {
  readonly code: MongoDBStoreErrorCode
  readonly failed: string
  /** Of a warning about one record, which leaves the others alone. */
  readonly leftOut?: string
}

export const OPERATIONS = {
  get: { code: 'ERR_MONGODB_STORE_GET', failed: 'Error finding' },
  set: { code: 'ERR_MONGODB_STORE_SET', failed: 'Error setting' },
  touch: { code: 'ERR_MONGODB_STORE_TOUCH', failed: 'Error touching' },
  destroy: { code: 'ERR_MONGODB_STORE_DESTROY', failed: 'Error destroying' },
  destroyMany: { code: 'ERR_MONGODB_STORE_DESTROY_MANY', failed: 'Error destroying sessions' },
  all: {
    code: 'ERR_MONGODB_STORE_ALL',
    failed: 'Error gathering sessions',
    leftOut: 'Left out of all sessions:',
  },
  length: { code: 'ERR_MONGODB_STORE_LENGTH', failed: 'Error counting sessions' },
  clear: { code: 'ERR_MONGODB_STORE_CLEAR', failed: 'Error clearing all sessions' },
  // A loop of the app's, which no report measures
  sessions: {
    code: 'ERR_MONGODB_STORE_SESSIONS',
    failed: 'Error reading sessions',
    leftOut: 'Left out of the sessions:',
  },
} as const satisfies Record<StoreOperation | 'sessions', Wording>
