/** The class, callable with `new` and without: users of connect-mongodb-session write both. */
import type { SessionData } from 'express-session'
import type { CheckedInputs, ExplicitInputs, StoreFields, StoreModel } from './inferred-types'
import type { StartCallback } from './lifecycle/lifecycle'
import type { FieldDefinitions, PhantomFields, StoredFields } from './options/field-types'
import type { AppModel, MongoDBStoreOptions } from './options/options'
import { create } from './options/other-stores'
import type { SessionModel } from './records/model'
import { MongoDBStore as StoreClass } from './store'

// Declared under the class's public name, so that an app's declaration files can name it
/**
 * Keeps the sessions of express-session in MongoDB, through a Mongoose model. `T` is the session's
 * data, `F` the extra fields of its record, `M` the model; all are inferred from the options.
 *
 * Each method takes a callback or returns a promise. A callback is called exactly once, in
 * `process.nextTick`, and with a callback nothing rejects. Failures are {@link MongoDBStoreError}s, and
 * also go to the `error` event if it has a listener.
 *
 * Events: see {@link StoreEvents}.
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
export interface MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreClass<T, F, M>,
    PhantomFields<Required<StoredFields<F>>> {}

/**
 * The class {@link MongoDBStore} as a value: it can be called with `new`, and also without, as users of
 * connect-mongodb-session do. It takes {@link MongoDBStoreOptions} and a callback, both optional. The
 * callback is called once: without arguments when the store is connected, else with the error.
 *
 * `T` is the type of the session's data, `F` the type of the extra fields. Both are explicit, as in
 * `new MongoDBStore<Visit, { userId: string }>(…)`, or inferred from the options: from their type,
 * `MongoDBStoreOptions<Visit, { userId: string }>`, or from their values. From values, the fields come
 * from `schema` (`S`) or `model` (`M`), the names of the id and of the expiry from `idField` (`Id`) and
 * `expiresKey` (`End`), and the session from a function's parameter: `fields: (session: Visit) => …`.
 * TypeScript infers all type arguments or none: if you write `T`, write `F` as well.
 *
 * The constructor throws a `TypeError` for an unknown option or an invalid value, and a
 * {@link MongoDBStoreError} for a closed connection (`ERR_MONGODB_STORE_CONNECTION_CLOSED`), a model
 * that cannot hold sessions (`ERR_MONGODB_STORE_MODEL_PATHS`, `ERR_MONGODB_STORE_MODEL_NAME`), or a
 * Mongoose before 8 (`ERR_MONGODB_STORE_MONGOOSE_VERSION`). Any later failure goes to the callback, to
 * `ready` and to the `error` event.
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
  new <
    T extends SessionData = SessionData,
    F extends object = object,
    // The following are only inferred
    I = ExplicitInputs<F>,
    S extends FieldDefinitions = FieldDefinitions,
    M extends AppModel = AppModel,
    Id extends string = string,
    End extends string = string,
  >(
    options?:
      | (MongoDBStoreOptions<T, F, CheckedInputs<I, F, S, M>, S> & {
          model?: M | undefined
          idField?: Id | undefined
          expiresKey?: End | undefined
        })
      | StartCallback,
    callback?: StartCallback,
  ): MongoDBStore<T, StoreFields<F, S, M, Id, End>, StoreModel<F, S, M, Id, End>>
  <T extends SessionData = SessionData, F extends object = object>(
    options?: MongoDBStoreOptions<T, F> | StartCallback,
    callback?: StartCallback,
  ): MongoDBStore<T, F>
  /** The prototype of every store, for `instanceof` and mocks. */
  readonly prototype: MongoDBStore
}

/** The store's class: see {@link CallableStore} for how to call it. @public */
export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
Object.defineProperty(StoreClass, 'create', { value: create, writable: true, configurable: true })
