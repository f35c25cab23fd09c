/** The types of extra fields: their definitions, their values in a record, and what `fields` returns. */
import type { Schema, Types } from 'mongoose'

/** Mongoose's definitions of the extra fields: `{ userId: { type: String, index: true } }`. @public */
export type FieldDefinitions = Readonly<Record<string, unknown>>

/** The values of a record's fields, from the definitions `S`. @public */
export type FieldsOf<S> = { -readonly [K in keyof S]?: ValueOf<S[K]> | null | undefined }

/** The fields `F` in a record: in an older session, any of them can be missing or null. @public */
export type StoredFields<F> = { -readonly [K in keyof F]?: F[K] | null | undefined }

declare const FIELDS: unique symbol
/** Carries the type of the fields through options and copies of them. */
export interface PhantomFields<F> {
  /** Exists in the types only. @internal */
  readonly [FIELDS]?: F
}

/** What the option `fields` may return for the fields `F`: their values, or anything Mongoose casts to them. @public */
export type FieldInputs<F> = PhantomFields<F> &
  object & { readonly [K in keyof F]?: Castable<NonNullable<F[K]>> | null | undefined }

type Castable<V> = V extends string
  ? string // TypeScript rarely infers a function's result as a union of literals
  : V extends number | boolean
    ? V
    : V extends Types.ObjectId
      ? V | string
      : V extends Date
        ? V | number | string
        : V extends readonly (infer Item)[]
          ? readonly Castable<Item>[]
          : unknown

type ValueOf<D> = D extends { type: { type: unknown } }
  ? FieldsOf<D> // a nested object with a field named `type`
  : ValueOfType<D extends { type: infer C } ? C : D>

type ValueOfType<C> = C extends DateConstructor
  ? Date
  : C extends typeof Schema.Types.ObjectId | typeof Types.ObjectId
    ? Types.ObjectId
    : C extends (...args: never) => infer V
      ? V // String, Number, Boolean
      : C extends readonly (infer Item)[]
        ? ([Item] extends [never] ? unknown : ValueOf<Item>)[]
        : C extends Untyped
          ? unknown
          : FieldsOf<C>

/** What Mongoose can cast to, but TypeScript cannot tell. */
type Untyped = (abstract new (...args: never) => unknown) | Schema | string | { type?: unknown }
