/**
 * The entry for `import`: the same class and functions as `index.ts`, by name.
 *
 * @module express-mongoose-session
 */
export { type CallableStore, MongoDBStore } from './callable.js'
export { MongoDBStoreError, type MongoDBStoreErrorCode } from './errors.js'
export { default } from './index.js'
export type { ExtraFields } from './inferred-types.js'
export type { StartCallback } from './lifecycle/lifecycle.js'
export type { Callback } from './operations/operations.js'
export type { StoreEvents } from './operations/store-events.js'
export type { OperationMessage, StoreOperation } from './operations/tracing.js'
export type {
  FieldDefinitions,
  FieldInputs,
  FieldsOf,
  StoredFields,
} from './options/field-types.js'
export type { AppModel, MongoDBStoreOptions } from './options/options.js'
export type { ResolvedOptions } from './options/resolved-options.js'
export type { Codec, SessionPayload } from './payload/codec.js'
export type { EncryptionOptions } from './payload/encryption.js'
export type { Lifetime } from './payload/expiry.js'
export type { SessionFilter } from './records/filter.js'
export type { SessionModel, SessionRecord } from './records/model.js'
