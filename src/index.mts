/** The face for `import`: the same class and functions as `index.ts`, by name. */
export { type CallableStore, MongoDBStore } from './callable.js'
export type { Codec, SessionPayload } from './codec.js'
export { MongoDBStoreError, type MongoDBStoreErrorCode } from './errors.js'
export { default } from './index.js'
export type { SessionModel, SessionRecord } from './model.js'
export type { AppModel, MongoDBStoreOptions, ResolvedOptions } from './options.js'
