/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData, Store } from 'express-session'
import type { Model } from 'mongoose'
import type { AnyFields, FieldDefinitions, FieldInputs, FieldsOf } from './fields'
import type { SessionRecord } from './model'
import type { AppModel, MongoDBStoreOptions } from './options'
import { type StartCallback, MongoDBStore as StoreClass } from './store'

// Declared here under the class's public name, so that an app's declaration files can name it
/**
 * Keeps the sessions of express-session in MongoDB, through a Mongoose model. `T` is the session's
 * data, `F` the extra fields of its record; both are told by the options.
 *
 * Each method takes a callback or returns a promise. A callback is called exactly once, in
 * `process.nextTick`, and with a callback nothing rejects. Failures are {@link MongoDBStoreError}s, and
 * also go to the `error` event where someone listens to it.
 *
 * Events: `connected`, `disconnected`, `reconnected`, `error` (a `MongoDBStoreError`), `warning` (a
 * `MongoDBStoreError` about what the store does without; shown as a process warning where nobody
 * listens).
 *
 * @example
 * ```js
 * app.use(session({
 *   secret, resave: false, saveUninitialized: false,
 *   store: new MongoDBStore({ connection: mongoose.connection }),
 * }))
 * ```
 * @public
 */
export interface MongoDBStore<T extends SessionData = SessionData, F extends object = object>
  extends StoreClass<T, F> {}

/**
 * The fields that a record has besides the session: what the option `schema` (`S`) says, or those of
 * the app's `model` (`M`).
 * @public
 */
export type ExtraFields<S, M> = FieldDefinitions extends S
  ? M extends Model<infer Doc, infer _Helpers, infer _Methods, infer _Virtuals>
    ? Omit<Doc, keyof SessionRecord>
    : object
  : FieldsOf<S>

/** Nothing but what somebody has typed as options in general, where the fields' types are not given. */
type Inputs<F> = [keyof F] extends [never]
  ? AnyFields
  : { readonly [K in keyof F]?: F[K] | null | undefined }

type Options<T extends SessionData, S, M, I> = MongoDBStoreOptions<T, S, I> & {
  model?: M | undefined
}

/**
 * The class {@link MongoDBStore} as it can be called: with `new`, and, for connect-mongodb-session's
 * users, without. It takes {@link MongoDBStoreOptions} and a callback, both optional; the callback is
 * called once, without arguments when the store is connected, else with the error.
 *
 * `S` and `M` are told by the options `schema` and `model`. Where the type of the session is given,
 * so have the extra fields to be: `new MongoDBStore<Visit, { userId: string }>({ … })`.
 *
 * The constructor throws a `TypeError` for an option that does not exist or cannot be, and a
 * {@link MongoDBStoreError} for a closed connection (`ERR_MONGODB_STORE_CONNECTION_CLOSED`) or a model
 * that cannot hold sessions (`ERR_MONGODB_STORE_MODEL_PATHS`, `ERR_MONGODB_STORE_MODEL_NAME`). Whatever
 * else goes wrong comes later, to the callback, to `ready` and to the `error` event.
 *
 * @example
 * ```js
 * const store = new MongoDBStore({ uri: 'mongodb://localhost/app' }, (error) => {
 *   if (error) console.error(error)
 * })
 * ```
 * @public
 */
export interface CallableStore {
  // Overloads, since a callback's parameter gets no type from a union of argument lists
  new <T extends SessionData = SessionData>(callback: StartCallback): MongoDBStore<T>
  // Parameters without defaults: only ever inferred, so that a class can extend the other one
  new <
    T extends SessionData,
    S extends FieldDefinitions,
    M extends AppModel,
    I extends FieldInputs<NoInfer<S>>,
  >(
    options: Options<T, S, M, I>,
    callback?: StartCallback,
  ): MongoDBStore<T, ExtraFields<S, M>>
  new <T extends SessionData = SessionData, F extends object = object>(
    options?: MongoDBStoreOptions<T, FieldDefinitions, Inputs<NoInfer<F>>>,
    callback?: StartCallback,
  ): MongoDBStore<T, F>
  <T extends SessionData = SessionData>(callback: StartCallback): MongoDBStore<T>
  <
    T extends SessionData,
    S extends FieldDefinitions,
    M extends AppModel,
    I extends FieldInputs<NoInfer<S>>,
  >(
    options: Options<T, S, M, I>,
    callback?: StartCallback,
  ): MongoDBStore<T, ExtraFields<S, M>>
  <T extends SessionData = SessionData, F extends object = object>(
    options?: MongoDBStoreOptions<T, FieldDefinitions, Inputs<NoInfer<F>>>,
    callback?: StartCallback,
  ): MongoDBStore<T, F>
  /** express-session's `Store`, so that a class can extend this one. */
  readonly prototype: Store
}

/** The store's class: see {@link CallableStore} for how to call it. @public */
export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
