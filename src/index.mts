/** The face for `import`: the same class and functions as `index.ts`, by name. */
import type { SessionData } from 'express-session'
import expressMongooseSession from './index.js'

export default expressMongooseSession
export const MongoDBStore = expressMongooseSession.MongoDBStore
export type MongoDBStore<T extends SessionData = SessionData> =
  expressMongooseSession.MongoDBStore<T>
export const MongoDBStoreError = expressMongooseSession.MongoDBStoreError
export type MongoDBStoreError = expressMongooseSession.MongoDBStoreError
export type MongoDBStoreErrorCode = expressMongooseSession.MongoDBStoreErrorCode
export type MongoDBStoreOptions<T extends SessionData = SessionData> =
  expressMongooseSession.MongoDBStoreOptions<T>
export type ResolvedOptions = expressMongooseSession.ResolvedOptions
export type AppModel = expressMongooseSession.AppModel
export type Codec = expressMongooseSession.Codec
export type SessionPayload = expressMongooseSession.SessionPayload
export type SessionModel = expressMongooseSession.SessionModel
export type SessionRecord = expressMongooseSession.SessionRecord
