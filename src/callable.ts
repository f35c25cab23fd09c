/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData, Store } from 'express-session'
import type { AnyFields, CastTo, FieldDefinitions, FieldInputs, FieldsOf } from './field-types'
import type { StartCallback } from './lifecycle'
import type { SessionModel, SessionRecord } from './model'
import type { AppModel, MongoDBStoreOptions } from './options'
import { create } from './other-stores'
import { MongoDBStore as StoreClass } from './store'

// Declared here under the class's public name, so that an app's declaration files can name it
/**
 * Keeps the sessions of express-session in MongoDB, through a Mongoose model. `T` is the session's
 * data, `F` the extra fields of its record, `M` the model; all are told by the options.
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
export interface MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreClass<T, F, M> {}

/**
 * The fields that a record has besides the session: what the option `schema` (`S`) says, or those of
 * the app's `model` (`M`).
 * @public
 */
export type ExtraFields<S, M> = FieldDefinitions extends S
  ? M extends ModelOf<infer Doc>
    ? Omit<Doc, keyof SessionRecord>
    : object
  : FieldsOf<S>

/** By what it casts: `Model` itself would not match one that is declared as an interface. */
interface ModelOf<Doc> {
  castObject(...args: never): Doc
}

/** With the app's model first: its statics, methods and query helpers stay, and each store is a store. */
type StoreModel<M, F extends object> = AppModel extends M ? SessionModel<F> : M & SessionModel<F>

/** A field of the record under the name that the option `idField` or `expiresKey` gives it. */
type Renamed<Name extends string, V> = string extends Name ? object : { [K in Name]: V }

type AllFields<S, M, Id extends string, End extends string> = ExtraFields<S, M> &
  Renamed<Id, string> &
  Renamed<End, Date | null>

/** Nothing but what somebody has typed as options in general, where the fields' types are not given. */
type Inputs<F> = [keyof F] extends [never]
  ? AnyFields
  : { readonly [K in keyof F]?: F[K] | null | undefined }

/** What `fields` may give for each name: what the schema has no field for would fail every `set`. */
type Accepted<S, M> = FieldDefinitions extends S
  ? M extends ModelOf<infer Doc>
    ? { readonly [K in keyof Doc]?: CastTo<NonNullable<Doc[K]>> | null | undefined }
    : Readonly<Record<PropertyKey, unknown>>
  : Readonly<Record<keyof S, unknown>>

/** Each name by itself: an unknown one beside a known one is no excess property of what is inferred. */
type Only<I, A> = I & {
  readonly [K in keyof I]: K extends keyof A ? (I[K] extends A[K] ? unknown : A[K]) : never
}

type Options<T extends SessionData, S, M, I, Id, End> = MongoDBStoreOptions<
  T,
  S,
  Only<I, Accepted<NoInfer<S>, NoInfer<M>>>
> & {
  model?: M | undefined
  idField?: Id | undefined
  expiresKey?: End | undefined
}

/**
 * The class {@link MongoDBStore} as it can be called: with `new`, and, for connect-mongodb-session's
 * users, without. It takes {@link MongoDBStoreOptions} and a callback, both optional; the callback is
 * called once, without arguments when the store is connected, else with the error.
 *
 * `S` is told by the option `schema`, `M` by `model`, and `Id` and `End`, the names of two fields, by
 * `idField` and `expiresKey`. `T` is told by the parameter of a function, which leaves the others to be
 * told: `fields: (session: Visit) => ({ userId: session.userId })`, or `expires: (session: Visit) => …`.
 * Where `T` is given as a type argument, TypeScript infers none of the others, and the extra fields
 * have to be given as well: `new MongoDBStore<Visit, { userId: string }>({ … })`. In an app that says in
 * express-session's `SessionData` what sessions hold, there is nothing to give.
 *
 * The constructor throws a `TypeError` for an option that does not exist or cannot be, and a
 * {@link MongoDBStoreError} for a closed connection (`ERR_MONGODB_STORE_CONNECTION_CLOSED`), a model
 * that cannot hold sessions (`ERR_MONGODB_STORE_MODEL_PATHS`, `ERR_MONGODB_STORE_MODEL_NAME`), or a
 * Mongoose before 8 (`ERR_MONGODB_STORE_MONGOOSE_VERSION`). Whatever else goes wrong comes later, to the callback, to `ready` and to the `error` event.
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
    Id extends string,
    End extends string,
  >(
    options: Options<T, S, M, I, Id, End>,
    callback?: StartCallback,
  ): MongoDBStore<T, AllFields<S, M, Id, End>, StoreModel<M, AllFields<S, M, Id, End>>>
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
    Id extends string,
    End extends string,
  >(
    options: Options<T, S, M, I, Id, End>,
    callback?: StartCallback,
  ): MongoDBStore<T, AllFields<S, M, Id, End>, StoreModel<M, AllFields<S, M, Id, End>>>
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
Object.defineProperty(StoreClass, 'create', { value: create, writable: true, configurable: true })
