/** The operations: each method with its error's code and the beginning of the error's message. */
import type { MongoDBStoreErrorCode } from '../errors'

/**
 * The operations. Each publishes {@link OperationReport}s on its channel of `node:diagnostics_channel`:
 * `express-mongoose-session:get` and so on.
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
  /** The beginning of the warning about a record that is skipped. */
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
  // No channel: the app's loop decides how long it takes
  sessions: {
    code: 'ERR_MONGODB_STORE_SESSIONS',
    failed: 'Error reading sessions',
    leftOut: 'Left out of the sessions:',
  },
} as const satisfies Record<StoreOperation | 'sessions', Wording>
