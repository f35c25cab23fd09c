/** The types of extra fields: of their definitions, of their values in a record, and of what `fields` returns. */
import type { Schema, Types } from 'mongoose'

/** Mongoose's definitions of the extra fields, by name: `{ userId: { type: String, index: true } }`. @public */
export type FieldDefinitions = Readonly<Record<string, unknown>>

/** The values of a record's fields, by the field definitions `S`. @public */
export type FieldsOf<S> = { -readonly [K in keyof S]?: ValueOf<S[K]> | null | undefined }

declare const FIELDS: unique symbol
/** Carries the type of the fields through options, a copy of options, and a store. */
export interface PhantomFields<F> {
  /**
   * Exists in the types only.
   * @internal
   */
  readonly [FIELDS]?: F
}

/** What the option `fields` may return for the fields `F`: their values, or what Mongoose casts to them. @public */
export type FieldInputs<F> = Inputs<F> & PhantomFields<F> & object

export type Inputs<F> = { readonly [K in keyof F]?: CastTo<F[K]> | null | undefined }

/** The fields `F` as a record holds them: any of them can be missing or null in an older session. @public */
export type StoredFields<F> = { -readonly [K in keyof F]?: StoredValue<F[K]> | null | undefined }

type StoredValue<V> = unknown extends V
  ? V
  : V extends string | number | boolean | bigint | Date | Uint8Array | ReadonlyMap<unknown, unknown>
    ? V
    : V extends { _bsontype: string } | { toBSON: unknown } | ((...args: never) => unknown)
      ? V
      : V extends readonly (infer Item)[]
        ? StoredValue<Item>[]
        : StoredFields<V>

type InputOf<V> = V extends Types.ObjectId ? V | string : V extends Date ? V | number | string : V

/** The values that Mongoose casts to a field of type `V`. */
type CastTo<V> = unknown extends V
  ? unknown
  : V extends string
    ? string // a function's result is seldom inferred as a union of literals
    : V extends number
      ? number
      : V extends boolean | bigint | Types.ObjectId | Date
        ? InputOf<V>
        : V extends Uint8Array | { _bsontype: string }
          ? unknown
          : V extends ReadonlyMap<string, infer Item>
            ? ReadonlyMap<string, CastTo<Item>> | { readonly [key: string]: CastTo<Item> }
            : V extends readonly (infer Item)[]
              ? readonly CastTo<Item>[]
              : { readonly [K in keyof V]?: CastTo<NonNullable<V[K]>> | null | undefined }

type ValueOf<D> = D extends { type: { type: unknown } }
  ? FieldsOf<D> // a nested object with a field named `type`
  : D extends { type: infer C }
    ? ValueOfType<C>
    : ValueOfType<D>

type ValueOfType<C> = C extends StringConstructor | 'String'
  ? string
  : C extends NumberConstructor | 'Number'
    ? number
    : C extends BooleanConstructor | 'Boolean'
      ? boolean
      : C extends DateConstructor | 'Date'
        ? Date
        : C extends typeof Schema.Types.ObjectId | typeof Types.ObjectId | 'ObjectId'
          ? Types.ObjectId
          : C extends readonly (infer Item)[]
            ? ([Item] extends [never] ? unknown : ValueOf<Item>)[]
            : IsNested<C> extends true
              ? FieldsOf<C>
              : unknown

/** A nested object of definitions: no constructor, no schema, and not `{}`, which can hold anything. */
type IsNested<C> = C extends object
  ? C extends ((...args: never) => unknown) | (abstract new (...args: never) => unknown)
    ? false
    : C extends { eachPath: unknown }
      ? false
      : [keyof C] extends [never]
        ? false
        : 'type' extends keyof C
          ? false // `type` is optional: it may be the options of a field
          : true
  : false
