/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData, Store } from 'express-session'
import type { Model } from 'mongoose'
import type { AnyFields, FieldDefinitions, FieldInputs, FieldsOf } from './fields'
import type { SessionRecord } from './model'
import type { AppModel, MongoDBStoreOptions } from './options'
import { type StartCallback, MongoDBStore as StoreClass } from './store'

// Declared here under the class's public name, so that an app's declaration files can name it
/** @public */
export interface MongoDBStore<T extends SessionData = SessionData, F extends object = object>
  extends StoreClass<T, F> {}

/** The fields that a record has besides the session: what `schema` says, or the app's `model`. @public */
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
 * `S` and `M` are told by the options `schema` and `model`. Where the type of the session is given,
 * so have the extra fields to be: `new MongoDBStore<Visit, { userId: string }>({ … })`.
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
  readonly prototype: Store
}

export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
