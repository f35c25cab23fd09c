/** The entry for `require`: a function like connect-mongodb-session's, with the named exports on it. */

// biome-ignore format: a line for each would be two long lists
import type {
  AppModel, Callback, Codec, EncryptionOptions, EndedSession, FieldDefinitions, FieldInputs, FieldsOf, Lifetime,
  MongoDBStoreClass, MongoDBStoreErrorCode, MongoDBStoreOptions, OperationMessage, ResolvedOptions,
  SessionFilter, SessionModel, SessionPayload, SessionRecord, StartCallback, StoredFields,
  StoreEvents, StoreOperation,
} from './public'
import { MongoDBStore, MongoDBStoreError } from './public'

/**
 * Takes express-session and returns the store's class, like connect-mongodb-session's function.
 * @example
 * ```js
 * const session = require('express-session')
 * const MongoDBStore = require('express-mongoose-session')(session)
 * ```
 */
function expressMongooseSession(session: unknown): MongoDBStoreClass {
  type HasStore = { Store?: unknown; session?: HasStore } | null | undefined
  const given = session as HasStore
  if (typeof (given?.Store ?? given?.session?.Store) !== 'function') {
    throw new TypeError(
      "pass express-session: require('express-mongoose-session')(require('express-session')); " +
        "the class itself is require('express-mongoose-session').MongoDBStore",
    )
  }
  return MongoDBStore
}

// Exports, not aliases: an app's declaration files can only name what is exported
/** @internal */
declare namespace expressMongooseSession {
  // biome-ignore format: as above
  export type {
    AppModel, Callback, Codec, EncryptionOptions, EndedSession, FieldDefinitions, FieldInputs, FieldsOf, Lifetime,
    MongoDBStoreClass, MongoDBStoreErrorCode, MongoDBStoreOptions, OperationMessage, ResolvedOptions,
    SessionFilter, SessionModel, SessionPayload, SessionRecord, StartCallback, StoredFields,
    StoreEvents, StoreOperation,
  }
  export { MongoDBStore, MongoDBStoreError }
}

Object.assign(expressMongooseSession, {
  default: expressMongooseSession,
  MongoDBStore,
  MongoDBStoreError,
})

export = expressMongooseSession
