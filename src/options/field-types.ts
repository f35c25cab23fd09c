/** The types of extra fields: of their definitions, of their values in a record, and of what `fields` returns. */
import type { Schema, Types } from 'mongoose'

/** Mongoose's definitions of the extra fields, by name: `{ userId: { type: String, index: true } }`. @public */
export type FieldDefinitions = Readonly<Record<string, unknown>>

/** The values of a record's fields, by the field definitions `S`. @public */
export type FieldsOf<S> = { -readonly [K in keyof S]?: ValueOf<S[K]> | null | undefined }

/** The fields `F` as a record holds them: any of them can be missing or null in an older session. @public */
export type StoredFields<F> = { -readonly [K in keyof F]?: F[K] | null | undefined }

declare const FIELDS: unique symbol
/** Carries the type of the fields through options and a copy of options. */
export interface PhantomFields<F> {
  /** Exists in the types only. @internal */
  readonly [FIELDS]?: F
}

/** What the option `fields` may return for the fields `F`: their values, or what Mongoose casts to them. @public */
export type FieldInputs<F> = PhantomFields<F> &
  object & { readonly [K in keyof F]?: Castable<NonNullable<F[K]>> | null | undefined }

type Castable<V> = V extends string
  ? string // a function's result is seldom inferred as a union of literals
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

/** What Mongoose knows how to cast to, and TypeScript does not. */
type Untyped = (abstract new (...args: never) => unknown) | Schema | string | { type?: unknown }
