/** The face for `require`: what connect-mongodb-session's users call, with the exports by name on it. */
import errors = require('./errors')
import callable = require('./callable')
import type codecs = require('./codec')
import type models = require('./model')
import type options = require('./options')
import type stores = require('./store')

/**
 * As connect-mongodb-session's function: takes express-session, gives the store's class.
 *
 * @example
 * const session = require('express-session')
 * const MongoDBStore = require('express-mongoose-session')(session)
 */
function expressMongooseSession(session: unknown): callable.CallableStore {
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
  return callable.MongoDBStore
}

declare namespace expressMongooseSession {
  export import MongoDBStoreError = errors.MongoDBStoreError
  export const MongoDBStore: callable.CallableStore
  export type MongoDBStore<
    T extends import('express-session').SessionData = import('express-session').SessionData,
  > = stores.MongoDBStore<T>
  export type MongoDBStoreErrorCode = errors.MongoDBStoreErrorCode
  export type MongoDBStoreOptions<
    T extends import('express-session').SessionData = import('express-session').SessionData,
  > = options.MongoDBStoreOptions<T>
  export type ResolvedOptions = options.ResolvedOptions
  export type AppModel = options.AppModel
  export type Codec = codecs.Codec
  export type SessionPayload = codecs.SessionPayload
  export type SessionModel = models.SessionModel
  export type SessionRecord = models.SessionRecord
}

Object.assign(expressMongooseSession, {
  default: expressMongooseSession,
  MongoDBStore: callable.MongoDBStore,
  MongoDBStoreError: errors.MongoDBStoreError,
})

export = expressMongooseSession
