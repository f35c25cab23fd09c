/** The class, with the types of extra fields and model inferred from its options. */
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

// Declared under the class's public name, for the declaration files of apps
/**
 * Keeps the sessions of express-session in MongoDB, through a Mongoose model. `T` is the session's data, `F` the
 * record's extra fields, `M` the model; all are inferred from the options.
 *
 * Each method returns a promise, or calls its callback exactly once, in `process.nextTick`. It fails with a
 * {@link MongoDBStoreError}, which also goes to `error` listeners (see {@link StoreEvents}): with the code
 * `ERR_MONGODB_STORE_CLOSED` after `close`, `…_SID` for an invalid session id, and if the server fails, the
 * method's own, such as `…_GET` or `…_DESTROY_MANY`. @public
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
 * parameter, as in `fields: (session: Visit) => …`. Or specify both `T` and `F`.
 *
 * It throws a `TypeError` for an unknown option or an invalid value, and a {@link MongoDBStoreError}
 * `ERR_MONGODB_STORE_…` for a closed connection (`…_CONNECTION_CLOSED`), an unsuitable model (`…_MODEL_PATHS`,
 * `…_MODEL_NAME`) or a Mongoose before 8.16 (`…_MONGOOSE_VERSION`). Later failures go to the callback, to `ready`
 * and to the `error` event. @public
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

/** The store's class; {@link MongoDBStoreClass} documents its constructor. @public */
export const MongoDBStore = StoreClass as unknown as MongoDBStoreClass

/** The fields besides the session, from the option `schema` (`S`) or the app's `model` (`M`). */
type ExtraFields<S, M> = FieldDefinitions extends S
  ? M extends { castObject(...args: never): infer Doc }
    ? Omit<Doc, keyof SessionRecord>
    : unknown
  : FieldsOf<S>

// Indexed, so that TypeScript does not infer the fields from the variable that a store is assigned to
type IfKnown<S, Then> = { yes: Then; no: object }[[S] extends [never] ? 'no' : 'yes']

/** All fields of a record. */
type StoreFields<F, S, M> = IfKnown<S, F & ExtraFields<S, M>>

/** The app's model keeps its statics. */
type StoreModel<F extends object, S, M> = IfKnown<
  S,
  (AppModel extends M ? unknown : M) & SessionModel<F & ExtraFields<S, M>>
>

/**
 * What `fields` returns (`I`), with `never` for names that are not fields of the record, which would make every
 * `set` fail. TypeScript does not check inferred types for excess properties.
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
