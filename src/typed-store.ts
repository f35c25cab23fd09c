/** The class with the types that it infers from its options: those of the extra fields, and of the model. */
import type { SessionData } from 'express-session'
import type { StartCallback } from './lifecycle/lifecycle'
import type {
  FieldDefinitions,
  FieldInputs,
  FieldsOf,
  PhantomFields,
  StoredFields,
} from './options/field-types'
import type { AppModel, MongoDBStoreOptions } from './options/options'
import type { SessionModel, SessionRecord } from './records/model'
import { MongoDBStore as StoreClass } from './store'

// Declared under the class's public name, so that an app's declaration files can name it
/**
 * Keeps the sessions of express-session in MongoDB, through a Mongoose model. `T` is the session's
 * data, `F` the extra fields of its record, `M` the model; all are inferred from the options.
 *
 * Each method returns a promise, or calls its callback exactly once, in `process.nextTick`.
 * Failures are {@link MongoDBStoreError}s, and also go to the `error` event if it has a listener (see
 * {@link StoreEvents}): `ERR_MONGODB_STORE_CLOSED` after `close`, `…_SID` for an invalid session id, and
 * if the server fails, a code by the method's name, as `…_GET` or `…_DESTROY_MANY`. @public
 * @example
 * ```js
 * app.use(session({
 *   secret, resave: false, saveUninitialized: false,
 *   store: new MongoDBStore({ connection: mongoose.connection }),
 * }))
 * ```
 */
export interface MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreClass<T, F, M>,
    PhantomFields<Required<StoredFields<F>>> {}

/**
 * The class {@link MongoDBStore} as a value: `new MongoDBStore(options, callback)`, both optional. The
 * callback is called once: without arguments when the store is connected, else with the error.
 *
 * The types are inferred: the fields from `schema` (`S`) or `model` (`M`), the session from a function's
 * parameter, as in `fields: (session: Visit) => …`. Or write both `T` and `F`.
 *
 * It throws a `TypeError` for an unknown option or an invalid value, and a {@link MongoDBStoreError}
 * `ERR_MONGODB_STORE_…` for a closed connection (`…_CONNECTION_CLOSED`), a model that cannot hold
 * sessions (`…_MODEL_PATHS`, `…_MODEL_NAME`), or a Mongoose before 8.16 (`…_MONGOOSE_VERSION`). Later
 * failures go to the callback, to `ready` and to the `error` event. @public
 * @example
 * ```js
 * const store = new MongoDBStore({ uri: 'mongodb://localhost/app' }, (error) => {
 *   if (error) console.error(error)
 * })
 * ```
 */
export interface MongoDBStoreClass {
  new <
    T extends SessionData = SessionData,
    F extends object = object,
    // The following are only inferred
    I = FieldInputs<F>,
    S extends FieldDefinitions = FieldDefinitions,
    M extends AppModel = AppModel,
  >(
    options?:
      | (MongoDBStoreOptions<T, F, CheckedInputs<I, F, F & ExtraFields<S, M>>, S> & {
          model?: M
        })
      | StartCallback,
    callback?: StartCallback,
  ): MongoDBStore<T, StoreFields<F, S, M>, StoreModel<F, S, M>>
  /** The prototype of every store, for `instanceof` and mocks. */
  readonly prototype: MongoDBStore
}

/** The store's class: see {@link MongoDBStoreClass} for how to construct it. @public */
export const MongoDBStore = StoreClass as unknown as MongoDBStoreClass

/** The fields besides the session: those of the option `schema` (`S`), or of the app's `model` (`M`). */
type ExtraFields<S, M> = FieldDefinitions extends S
  ? M extends { castObject(...args: never): infer Doc }
    ? Omit<Doc, keyof SessionRecord>
    : unknown
  : FieldsOf<S>

// Indexed, so that TypeScript infers nothing from the variable that a store is assigned to: one
// without the fields would seem to have them
type IfKnown<S, Then> = { yes: Then; no: object }[[S] extends [never] ? 'no' : 'yes']

/** All fields of a record. */
type StoreFields<F, S, M> = IfKnown<S, F & ExtraFields<S, M>>

/** The app's model keeps its statics. */
type StoreModel<F extends object, S, M> = IfKnown<
  S,
  (AppModel extends M ? unknown : M) & SessionModel<F & ExtraFields<S, M>>
>

/**
 * What `fields` returns (`I`), with `never` for each name that the record has no field for: such a name
 * would fail every `set`. TypeScript looks for no excess properties in an inferred type.
 */
type CheckedInputs<I, F, Known> = I &
  PhantomFields<F> &
  ([keyof Known] extends [never] ? unknown : Checked<I, FieldInputs<Known>>)

type Checked<I, Accepted> = {
  readonly [K in keyof I]: K extends keyof Accepted
    ? I[K] extends Accepted[K]
      ? unknown
      : Accepted[K]
    : never
}
