/** The options as they are given, and documented. */
import type { SessionData } from 'express-session'
import type { Connection, ConnectOptions, Mongoose } from 'mongoose'
import type { Codec } from '../payload/codec'
import type { EncryptionOptions } from '../payload/encryption'
import type { Lifetime } from '../payload/expiry'
import type { FieldDefinitions, FieldInputs } from './field-types'

/** Any Mongoose model, whatever its documents; that it can hold sessions is checked at run time. @public */
export interface AppModel {
  /** Its name. */
  readonly modelName: string
  /** The connection it is on, which the store borrows. */
  readonly db: Connection
  /** Its schema. */
  readonly schema: object
  /** What tells a model from other objects. */
  readonly findOne: (...args: never[]) => unknown
}

/**
 * Everything that can be set; every part is optional, and `undefined` is the same as leaving it out,
 * but for `uri`, `databaseName`, `connection` and `model`: there, it throws, since the sessions would be
 * in another database than was meant. Durations are milliseconds, unless the name says otherwise. Numbers
 * may be given as strings. What does not exist, or cannot be, throws a `TypeError` in the constructor.
 *
 * @example
 * ```js
 * new MongoDBStore({
 *   connection: mongoose.connection,
 *   touchAfter: 60_000,
 *   schema: { userId: { type: String, index: true } },
 *   fields: (session) => ({ userId: session.userId }),
 * })
 * ```
 * @public
 */
export interface MongoDBStoreOptions<
  T extends object = SessionData,
  F extends object = object,
  I = FieldInputs<F>,
  S = FieldDefinitions,
> {
  /**
   * Connection string of a connection that the store opens and closes itself.
   * Without `uri`, `connection` and `model` the store uses Mongoose's default connection where the
   * app has opened it.
   * @defaultValue `'mongodb://127.0.0.1:27017/test'`
   */
  uri?: string | undefined
  /**
   * The database; with `connection`, another one over the same sockets. `null` is the default, too.
   * @defaultValue the one that the uri or the connection names
   */
  databaseName?: string | null | undefined
  /**
   * The collection.
   * @defaultValue `'sessions'`
   */
  collection?: string | undefined
  /**
   * Mongoose's options for the store's own connection; its pool has 10 sockets unless they say otherwise.
   * What neither Mongoose nor the driver knows throws. `useNewUrlParser` and `useUnifiedTopology`, which
   * say nothing any more, are left out with a `warning`.
   * @defaultValue `{ maxPoolSize: 10 }`
   */
  connectionOptions?: ConnectOptions | null | undefined
  /**
   * A Mongoose connection of the app's in any state but closed, or a `Mongoose` (its default
   * connection). Never closed by the store. Not together with `uri` and `connectionOptions`.
   */
  connection?: Connection | Mongoose | undefined
  /**
   * A Mongoose model of the app's, with the paths `_id` (String), `session` (Mixed) and `expires` (Date).
   * Not together with the options that say where sessions are, or which fields they have.
   */
  model?: AppModel | undefined
  /**
   * The name under which the store's model is registered on the connection.
   * @defaultValue `'Session'`
   */
  modelName?: string | undefined
  /**
   * Extra fields of a record, as Mongoose defines them: top-level, typed, indexed where they say so.
   * Not together with `model`, whose schema has its own.
   *
   * Stores on one connection share a model where their definitions are the same: in a function that
   * makes stores, functions and Schemas that are made anew each time are others, and so is the model.
   * @example
   * ```js
   * schema: { userId: { type: String, index: true } }
   * ```
   */
  schema?: S | undefined
  /**
   * The values of extra fields, computed from the session at every `set`; written where they differ
   * from what was loaded, or all of them with a session that is written whole. A field of `schema`
   * that is not among them is removed. A `model` may have others as well: there, one is removed that
   * the function named for the session as it was loaded. So it may be called with that one, too.
   *
   * Sessions that were stored before there were `fields` have none, and no filter by a field finds
   * them, `destroyMany` included. Each gets those that it lacks when it is set or touched next;
   * docs/recipes.md has what gives them to all.
   * @example
   * ```js
   * fields: (session) => ({ userId: session.userId })
   * ```
   */
  fields?: ((session: T, sid: string) => I) | undefined
  /**
   * How long a session lives whose cookie sets no end: ms, or a function of the session.
   * @defaultValue `1209600000` (14 days)
   */
  expires?: Lifetime<T> | string | undefined
  /**
   * The field that holds the session id; one other than `_id` gets a unique index.
   * @defaultValue `'_id'`
   */
  idField?: string | undefined
  /**
   * The field that holds the date of expiry.
   * @defaultValue `'expires'`
   */
  expiresKey?: string | undefined
  /**
   * **Seconds** for which an expired record is kept; it is never served.
   * @defaultValue `0`
   */
  expiresAfterSeconds?: number | string | undefined
  /**
   * A touch is written only where it moves the expiry by at least this many ms.
   * @defaultValue `0`
   */
  touchAfter?: number | string | undefined
  /**
   * When express-session hears of a touch: `false`, as soon as it is on its way, so that no response
   * waits for it; what goes wrong is told by the `error` event. `true`, when it is written: for a
   * function that is frozen after its response. A `touch` without a callback always resolves when it is
   * written.
   * @defaultValue `false`
   */
  awaitTouch?: boolean | undefined
  /**
   * Who removes expired records: MongoDB by a TTL index (`native`), the store every `removeInterval`
   * (`interval`), or nobody (`disabled`). Where there is no TTL index, and none can be made, `native` does
   * as `interval`, with a `warning`.
   * @defaultValue `'native'`
   */
  autoRemove?: 'native' | 'interval' | 'disabled' | undefined
  /**
   * Time between two removals in ms, give or take a tenth.
   * @defaultValue `600000` (10 minutes)
   */
  removeInterval?: number | string | undefined
  /**
   * Whether the store makes its indexes, in the background; what goes wrong is a `warning`. With
   * `false` they are yours to make (`store.model.createIndexes()` makes all). With `autoRemove: 'native'`
   * the store looks whether there is a TTL index, and removes by itself where there is none, with a
   * `warning`; where it may not look, it takes it that there is one, and says so.
   * @defaultValue `true`
   */
  createIndexes?: boolean | undefined
  /**
   * `merge` writes what changed since the session was loaded, so that concurrent requests keep each
   * other's changes; `replace` writes the whole session.
   * @defaultValue `'merge'`
   */
  writes?: 'merge' | 'replace' | undefined
  /**
   * How many operations of one turn of the event loop may go out as one query; `false` sends each
   * as itself.
   * @defaultValue `{ maxSize: 100 }`
   */
  batch?:
    | {
        /** A whole number from 1 to 1000. */
        maxSize?: number | string | undefined
      }
    | false
    | undefined
  /**
   * How a session is stored. Not together with `encryption`.
   * @defaultValue plain BSON
   */
  codec?: Codec | undefined
  /**
   * Stores sessions encrypted; `docs/encryption.md` says how, and what that protects from.
   * @defaultValue none
   */
  encryption?: EncryptionOptions | undefined
}
