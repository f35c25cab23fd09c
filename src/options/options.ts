/** The options, as documented for apps. */
import type { SessionData } from 'express-session'
import type { Connection, ConnectOptions, Mongoose } from 'mongoose'
import type { Codec } from '../payload/codec'
import type { Lifetime } from '../payload/cookie'
import type { EncryptionOptions } from '../payload/encryption'
import type { FieldDefinitions, FieldInputs } from './field-types'

/** Any Mongoose model. Whether it fits is checked at run time. @public */
export interface AppModel {
  /** The model's name. */
  readonly modelName: string
  /** The model's connection, which the store uses. */
  readonly db: Connection
  /** The model's schema. */
  readonly schema: object
  /** Tells a model from other objects. */
  readonly findOne: (...args: never[]) => unknown
}

/**
 * The store's options, all optional. Durations are in ms, unless the name says otherwise; numbers may be strings.
 * Unknown options and invalid values throw a `TypeError`, and so does `undefined` for `uri`, `databaseName`,
 * `connection`, `model` and `encryption`; any other option that is `undefined` counts as omitted. @public
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
   * Connection string for the store's own connection. Without `uri`, `connection` or `model`, the store uses
   * Mongoose's default connection if that is open. @defaultValue `'mongodb://127.0.0.1:27017/test'`
   */
  uri?: string
  /**
   * The database; with `connection`, another one over the same sockets. `null` means the default.
   * @defaultValue the uri's or the connection's database
   */
  databaseName?: string | null
  /** The name of the collection. @defaultValue `'sessions'` */
  collection?: string | undefined
  /** Mongoose's options for the store's own connection. @defaultValue `{ maxPoolSize: 10 }` */
  connectionOptions?: ConnectOptions | null | undefined
  /**
   * The app's Mongoose connection, in any state but closed, or a `Mongoose` (its default connection). The store
   * never closes it. Excludes `uri` and `connectionOptions`.
   */
  connection?: Connection | Mongoose
  /**
   * The app's Mongoose model, with the paths `_id` (String), `session` (Mixed) and `expires` (Date).
   * Excludes the options for where the sessions are, and for which fields they have.
   */
  model?: AppModel
  /** The name of the store's model on its connection. @defaultValue `'Session'` */
  modelName?: string | undefined
  /**
   * Extra top-level fields of a record, as Mongoose defines them: typed, and indexed if they say so. Stores on one
   * connection share a model if their definitions are equal (a function only equals itself).
   */
  schema?: S | undefined
  /**
   * Computes the extra fields at every `set`, and in `store.recomputeFields()`. Leaving out a field of `schema`
   * removes it; a `model`'s stays, unless it is `undefined`.
   */
  fields?: ((session: T, sid: string) => I) | undefined
  /** Lifetime if the cookie has none: ms, or `(session) => ms`. @defaultValue 14 days */
  expires?: Lifetime<T> | string | undefined
  /** The field for the session id. Any but `_id` gets a unique index. @defaultValue `'_id'` */
  idField?: string | undefined
  /** The field for the expiry, a Date. @defaultValue `'expires'` */
  expiresKey?: string | undefined
  /** How many **seconds** to keep expired records, which are never served. @defaultValue `0` */
  expiresAfterSeconds?: number | string | undefined
  /** Skips touches that move the expiry by less than this many ms and half a lifetime. @defaultValue `0` */
  touchAfter?: number | string | undefined
  /**
   * Whether the callback of `touch` waits for the write, as serverless functions need that are frozen after their
   * response. With `false`, a failed touch is an `error` event. @defaultValue `false`
   */
  awaitTouch?: boolean | undefined
  /**
   * Who removes expired records: MongoDB with a TTL index (`native`; if that fails, like `interval`, with a
   * `warning`), the store every `removeInterval` (`interval`), or nobody (`disabled`). @defaultValue `'native'`
   */
  autoRemove?: 'native' | 'interval' | 'disabled' | undefined
  /** Time between removals in ms, give or take a tenth. @defaultValue `600000` (10 minutes) */
  removeInterval?: number | string | undefined
  /**
   * Whether the store creates its indexes in the background; a failure is a `warning`. With `false`, you create
   * them (`store.model.createIndexes()`), and the store looks for a TTL index. @defaultValue `true`
   */
  createIndexes?: boolean | undefined
  /**
   * `merge` writes what changed since the session was loaded, so that simultaneous requests keep each other's
   * changes. `replace` writes the whole session. @defaultValue `'merge'`
   */
  writes?: 'merge' | 'replace' | undefined
  /**
   * How many operations made in one event-loop turn may share a query, from 1 to 1000. With `false`, only writes
   * and touches of the same session do. @defaultValue `{ maxSize: 100 }`
   */
  batch?: false | Partial<Record<'maxSize', number | string | undefined>> | undefined
  /** Turns a session into what is stored, and back. @defaultValue plain BSON */
  codec?: Codec | undefined
  /**
   * Turns the session id into the record's id, such as a hash or a prefixed id, so that the database does not
   * hold the session id. If it throws or returns no string, the operation fails with `ERR_MONGODB_STORE_SID`.
   * @defaultValue the session id itself
   */
  transformId?: ((sid: string) => string) | undefined
  /** Stores sessions encrypted; `docs/encryption.md` says how, and against what this protects. */
  encryption?: EncryptionOptions
}
