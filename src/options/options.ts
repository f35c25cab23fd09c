/** The options as an app gives them, with their documentation. */
import type { SessionData } from 'express-session'
import type { Connection, ConnectOptions, Mongoose } from 'mongoose'
import type { Codec } from '../payload/codec'
import type { Lifetime } from '../payload/cookie'
import type { EncryptionOptions } from '../payload/encryption'
import type { FieldDefinitions, FieldInputs } from './field-types'

/** Any Mongoose model. Whether it can hold sessions is checked at run time. @public */
export interface AppModel {
  /** The model's name. */
  readonly modelName: string
  /** The model's connection, which the store borrows. */
  readonly db: Connection
  /** The model's schema. */
  readonly schema: object
  /** The method that tells a model from other objects. */
  readonly findOne: (...args: never[]) => unknown
}

/**
 * The options of the store, all optional. `undefined` leaves an option out; of `uri`, `databaseName`,
 * `connection`, `model` and `encryption` it throws a `TypeError`, as do unknown options and invalid
 * values. Durations are in ms, unless the name says otherwise; numbers may be strings. @public
 * @example
 * ```js
 * new MongoDBStore({
 *   connection: mongoose.connection,
 *   touchAfter: 60_000,
 *   schema: { userId: { type: String, index: true } },
 *   fields: (session) => ({ userId: session.userId }),
 * })
 * ```
 */
export interface MongoDBStoreOptions<
  T extends object = SessionData,
  F extends object = object,
  I = FieldInputs<F>,
  S = FieldDefinitions,
> {
  /**
   * Connection string of the store's own connection. Without `uri`, `connection` and `model`, it uses
   * Mongoose's default connection if that is open. @defaultValue `'mongodb://127.0.0.1:27017/test'`
   */
  uri?: string
  /**
   * The database; with `connection`, another one over the same sockets. `null` means the default.
   * @defaultValue the database of the uri or the connection
   */
  databaseName?: string | null
  /** The name of the collection. @defaultValue `'sessions'` */
  collection?: string | undefined
  /** Mongoose's options for the store's own connection. @defaultValue `{ maxPoolSize: 10 }` */
  connectionOptions?: ConnectOptions | null | undefined
  /**
   * The app's Mongoose connection in any state but closed, or a `Mongoose` (its default connection). The
   * store never closes it. Excludes `uri` and `connectionOptions`.
   */
  connection?: Connection | Mongoose
  /**
   * The app's Mongoose model, with the paths `_id` (String), `session` (Mixed) and `expires` (Date).
   * Excludes the options that say where the sessions are, or which fields they have.
   */
  model?: AppModel
  /** The name of the store's model on the connection. @defaultValue `'Session'` */
  modelName?: string | undefined
  /**
   * Extra top-level fields of a record, as Mongoose defines them: typed, and indexed if they say so. Stores on
   * one connection share a model if their definitions are equal (a function only equals itself).
   */
  schema?: S | undefined
  /**
   * Computes the extra fields at every `set`, and in `store.recomputeFields()`. A field of `schema`
   * that it leaves out is removed; one of a `model` stays, and `undefined` removes it.
   */
  fields?: ((session: T, sid: string) => I) | undefined
  /** Lifetime if the cookie sets no end: ms, or `(session) => ms`. @defaultValue 14 days */
  expires?: Lifetime<T> | string | undefined
  /** The field of the session id. Another than `_id` gets a unique index. @defaultValue `'_id'` */
  idField?: string | undefined
  /** The field that holds the expiry, a Date. @defaultValue `'expires'` */
  expiresKey?: string | undefined
  /** **Seconds** for which an expired record is kept. It is never served. @defaultValue `0` */
  expiresAfterSeconds?: number | string | undefined
  /** A touch is written if it moves the end by this many ms, or half a lifetime. @defaultValue `0` */
  touchAfter?: number | string | undefined
  /**
   * Whether the callback of `touch` waits for the write, for a serverless function that is frozen
   * after its response. With `false`, a touch that fails is an `error` event. @defaultValue `false`
   */
  awaitTouch?: boolean | undefined
  /**
   * Who removes expired records: MongoDB by a TTL index (`native`; without one, as `interval`, with a `warning`),
   * the store every `removeInterval` (`interval`), or nobody (`disabled`). @defaultValue `'native'`
   */
  autoRemove?: 'native' | 'interval' | 'disabled' | undefined
  /** Time between two removals in ms, give or take a tenth. @defaultValue `600000` (10 minutes) */
  removeInterval?: number | string | undefined
  /**
   * Whether the store creates its indexes, in the background; a failure is a `warning`. With `false`,
   * you do (`store.model.createIndexes()`), and it looks for a TTL index. @defaultValue `true`
   */
  createIndexes?: boolean | undefined
  /**
   * `merge` writes what changed since the session was loaded, so that requests at once keep each other's
   * changes. `replace` writes the whole session. @defaultValue `'merge'`
   */
  writes?: 'merge' | 'replace' | undefined
  /**
   * How many operations of one turn of the event loop may go out as one query, from 1 to 1000. With
   * `false`, only writes and touches of one session share a query. @defaultValue `{ maxSize: 100 }`
   */
  batch?: false | Partial<Record<'maxSize', number | string | undefined>> | undefined
  /** Turns a session into what is stored, and back. @defaultValue plain BSON */
  codec?: Codec | undefined
  /**
   * Makes the id of a record of the session id, which then is not in the database: a hash, or a prefix. Called
   * once for each operation; what it throws, or gives but text, is an error `ERR_MONGODB_STORE_SID`.
   * @defaultValue the session id itself
   */
  transformId?: ((sid: string) => string) | undefined
  /** Stores sessions encrypted; `docs/encryption.md` says how, and what this protects from. */
  encryption?: EncryptionOptions
}
