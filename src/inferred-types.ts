/** The types that a store infers from its options: its extra fields, and its model. */
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
 * The fields that a record has besides the session: those of the option `schema` (`S`), or of the app's
 * `model` (`M`).
 * @public
 */
export type ExtraFields<S, M> = FieldDefinitions extends S
  ? M extends ModelOf<infer Doc>
    ? Omit<Doc, keyof SessionRecord>
    : object
  : FieldsOf<S>

/** Matches a model by `castObject`: `Model` itself does not match a model declared as an interface. */
interface ModelOf<Doc> {
  castObject(...args: never): Doc
}

/** The fields of the session id and of the expiry, under the names that the options give them. */
type Renamed<Id extends string, End extends string> = (string extends Id
  ? object
  : { [K in Id]: string }) &
  (string extends End ? object : { [K in End]: Date | null })

/**
 * Whether the fields come from type arguments or from the options' values. The types below are indexed
 * by this, so that TypeScript does not infer arguments from the variable that the store is assigned to:
 * a store without the fields would seem to have them. `S` is never `never`; the third case keeps
 * TypeScript from inferring by the signatures of a model.
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

/** The exact type comes first, so that an app's model keeps its statics; every model is a `SessionModel`, too. */
export type StoreModel<F extends object, S, M, Id extends string, End extends string> = {
  explicit: SessionModel<F>
  inferred: (AppModel extends M ? RenamedModel<F & ExtraFields<S, M>, Renamed<Id, End>> : M) &
    SessionModel<F & ExtraFields<S, M>>
  never: object
}[FieldsSource<S, M, Id, End>]

/** The store's own model, if options rename its id or its expiry. */
type RenamedModel<F, R> = [keyof R] extends [never]
  ? unknown
  : Model<SessionRecord & StoredFields<F> & R>

/**
 * What `fields` returns (`I`), with `never` for each name that the record has no field for: such a name
 * would fail every `set`. Each name is checked by itself, since TypeScript looks for no excess properties
 * in an inferred type.
 */
export type CheckedInputs<I, F, S, M> = I &
  PhantomFields<F> & {
    readonly [K in keyof I]: K extends keyof Accepted<F, S, M>
      ? I[K] extends Accepted<F, S, M>[K]
        ? unknown
        : Accepted<F, S, M>[K]
      : never
  }

/** What `fields` may return: anything if neither the type of the options, `schema` nor `model` names fields. */
type Accepted<F, S, M> = PhantomFields<F> &
  ([keyof F | keyof ExtraFields<S, M>] extends [never]
    ? Readonly<Record<PropertyKey, unknown>>
    : Inputs<F & ExtraFields<S, M>>)

/** What `fields` may return if the type arguments, and with them the fields `F`, are explicit. */
export type ExplicitInputs<F> = [keyof F] extends [never] ? NoFieldsInTypeArguments : FieldInputs<F>

declare const NONE: unique symbol
/** The name is the hint in TypeScript's error: `new MongoDBStore<Visit>({ … fields })` lacks `Fields`. */
interface NoFieldsInTypeArguments {
  readonly [NONE]?: never
}
