/**
 * The face for `import`: the same class and functions as `index.ts`, by name.
 *
 * @module express-mongoose-session
 */
export { type CallableStore, MongoDBStore } from './callable.js'
export type { Callback } from './callback.js'
export type { Codec, SessionPayload } from './codec.js'
export type { OperationReport, StoreOperation } from './diagnostics.js'
export type { EncryptionOptions } from './encryption.js'
export { MongoDBStoreError, type MongoDBStoreErrorCode } from './errors.js'
export type { StoreEvents } from './events.js'
export type { Lifetime } from './expiry.js'
export type { FieldDefinitions, FieldInputs, FieldsOf, StoredFields } from './field-types.js'
export type { SessionFilter } from './filter.js'
export { default } from './index.js'
export type { ExtraFields } from './inferred-types.js'
export type { StartCallback } from './lifecycle.js'
export type { SessionModel, SessionRecord } from './model.js'
export type { AppModel, MongoDBStoreOptions } from './options.js'
export type { ResolvedOptions } from './resolved-options.js'
