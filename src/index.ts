/** The entry for `require`: the function of connect-mongodb-session, with the named exports on it. */
import operations = require('./operations/operations')
import tracing = require('./operations/tracing')
import errors = require('./errors')
import expiry = require('./payload/expiry')
import events = require('./operations/store-events')
import extra = require('./options/field-types')
import inferred = require('./inferred-types')
import filters = require('./records/filter')
import lifecycle = require('./lifecycle/lifecycle')
import callable = require('./callable')
import codecs = require('./payload/codec')
import encryption = require('./payload/encryption')
import models = require('./records/model')
import options = require('./options/options')
import otherStores = require('./options/other-stores')
import resolved = require('./options/resolved-options')

/**
 * Takes express-session and returns the store's class, like connect-mongodb-session's function.
 *
 * @example
 * ```js
 * const session = require('express-session')
 * const MongoDBStore = require('express-mongoose-session')(session)
 * ```
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

// `export import` and not aliases: an app's declaration files can name only what is exported itself
/** @internal */
declare namespace expressMongooseSession {
  export import MongoDBStore = callable.MongoDBStore
  export import CallableStore = callable.CallableStore
  export import MongoDBStoreError = errors.MongoDBStoreError
  export import Callback = operations.Callback
  export import Lifetime = expiry.Lifetime
  export import StartCallback = lifecycle.StartCallback
  export import ExtraFields = inferred.ExtraFields
  export import FieldDefinitions = extra.FieldDefinitions
  export import FieldInputs = extra.FieldInputs
  export import FieldsOf = extra.FieldsOf
  export import StoredFields = extra.StoredFields
  export import StoreEvents = events.StoreEvents
  export import SessionFilter = filters.SessionFilter
  export import OperationMessage = tracing.OperationMessage
  export import StoreOperation = tracing.StoreOperation
  export import MongoDBStoreErrorCode = errors.MongoDBStoreErrorCode
  export import MongoDBStoreOptions = options.MongoDBStoreOptions
  export import ResolvedOptions = resolved.ResolvedOptions
  export import AppModel = options.AppModel
  export import Codec = codecs.Codec
  export import EncryptionOptions = encryption.EncryptionOptions
  export import SessionPayload = codecs.SessionPayload
  export import SessionModel = models.SessionModel
  export import SessionRecord = models.SessionRecord
}

Object.assign(expressMongooseSession, {
  default: expressMongooseSession,
  create: otherStores.create,
  MongoDBStore: callable.MongoDBStore,
  MongoDBStoreError: errors.MongoDBStoreError,
})

export = expressMongooseSession
