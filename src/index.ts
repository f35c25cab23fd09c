/** The entry for `require`: the function of connect-mongodb-session, with the named exports on it. */

// biome-ignore format: as a list it would take a line for each
import type {
  AppModel, Callback, Codec, EncryptionOptions, FieldDefinitions, FieldInputs, FieldsOf, Lifetime,
  MongoDBStoreClass, MongoDBStoreErrorCode, MongoDBStoreOptions, OperationMessage, ResolvedOptions,
  SessionFilter, SessionModel, SessionPayload, SessionRecord, StartCallback, 
  StoredFields, StoreEvents,StoreOperation,
} from './public'
import { MongoDBStore, MongoDBStoreError } from './public'

/**
 * Takes express-session and returns the store's class, like connect-mongodb-session's function.
 *
 * @example
 * ```js
 * const session = require('express-session')
 * const MongoDBStore = require('express-mongoose-session')(session)
 * ```
 */
function expressMongooseSession(session: unknown): MongoDBStoreClass {
  const { Store, session: inner } = (session ?? {}) as {
    Store?: unknown
    session?: { Store?: unknown }
  }
  if (typeof (Store ?? inner?.Store) !== 'function') {
    throw new TypeError(
      "call it with express-session: require('express-mongoose-session')(require('express-session')); " +
        "the class itself is require('express-mongoose-session').MongoDBStore",
    )
  }
  return MongoDBStore
}

// Exports and not aliases: an app's declaration files can name only what is exported itself
/** @internal */
declare namespace expressMongooseSession {
  // biome-ignore format: as a list it would take a line for each
  export {
    type AppModel, type Callback, type Codec, type EncryptionOptions, type FieldDefinitions, type FieldInputs, type FieldsOf, type Lifetime,
    MongoDBStore, 
    type MongoDBStoreClass, MongoDBStoreError,type MongoDBStoreErrorCode, type MongoDBStoreOptions, type OperationMessage, type ResolvedOptions,
    type SessionFilter, type SessionModel, type SessionPayload, type SessionRecord, type StartCallback, 
    type StoredFields, type StoreEvents,type StoreOperation,
  }
}

Object.assign(expressMongooseSession, {
  default: expressMongooseSession,
  MongoDBStore,
  MongoDBStoreError,
})

export = expressMongooseSession
