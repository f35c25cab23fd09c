/** What the options tell of a store's type: its extra fields, and its model. */
import type { Model } from 'mongoose'
import type {
  FieldDefinitions,
  FieldInputs,
  FieldsOf,
  Inputs,
  PhantomFields,
  StoredFields,
} from './options/field-types'
import type { AppModel } from './options/options'
import type { SessionModel, SessionRecord } from './records/model'

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

/** The fields of the session id and of the end, under the names that options give them. */
type Renamed<Id extends string, End extends string> = (string extends Id
  ? object
  : { [K in Id]: string }) &
  (string extends End ? object : { [K in End]: Date | null })

/**
 * Whether the options tell of more than type arguments do. Through an indexed access by this, TypeScript
 * infers no argument from what the store is assigned to: a store without the fields would seem to have
 * them. It never is `never`, which keeps TypeScript from inferring by the signatures of a model.
 */
type FieldsSource<S, M, Id, End> = [FieldDefinitions, AppModel, string, string] extends [
  S,
  M,
  Id,
  End,
]
  ? 'explicit'
  : [S] extends [never]
    ? 'never'
    : 'inferred'

/** All the fields of a store's records. */
export type StoreFields<F, S, M, Id extends string, End extends string> = {
  explicit: F
  inferred: F & ExtraFields<S, M> & Renamed<Id, End>
  never: object
}[FieldsSource<S, M, Id, End>]

/** With what is exact first: an app's model keeps its statics. Besides, each store's model is a `SessionModel`. */
export type StoreModel<F extends object, S, M, Id extends string, End extends string> = {
  explicit: SessionModel<F>
  inferred: (AppModel extends M ? RenamedModel<F & ExtraFields<S, M>, Renamed<Id, End>> : M) &
    SessionModel<F & ExtraFields<S, M>>
  never: object
}[FieldsSource<S, M, Id, End>]

/** Each session of ours has its id and its end. */
type RenamedModel<F, R> = [keyof R] extends [never]
  ? unknown
  : Model<SessionRecord & StoredFields<F> & R>

/**
 * What `fields` returns (`I`), and of it what the record has no field for, which would fail every
 * `set`. Each name by itself: an unknown one beside a known one is no excess property of what is inferred.
 */
export type CheckedInputs<I, F, S, M> = I &
  PhantomFields<F> & {
    readonly [K in keyof I]: K extends keyof Accepted<F, S, M>
      ? I[K] extends Accepted<F, S, M>[K]
        ? unknown
        : Accepted<F, S, M>[K]
      : never
  }

/** Anything, where neither the type of the options nor their `schema` or `model` names the fields. */
type Accepted<F, S, M> = PhantomFields<F> &
  ([keyof F | keyof ExtraFields<S, M>] extends [never]
    ? Readonly<Record<PropertyKey, unknown>>
    : Inputs<F & ExtraFields<S, M>>)

/** What `fields` may return where the type arguments are explicit, and with them the fields `F`. */
export type ExplicitInputs<F> = [keyof F] extends [never] ? NoFieldsInTypeArguments : FieldInputs<F>

declare const NONE: unique symbol
/** `new MongoDBStore<Visit>({ … fields })` says nothing of fields: `new MongoDBStore<Visit, Fields>` does. */
interface NoFieldsInTypeArguments {
  readonly [NONE]?: never
}
