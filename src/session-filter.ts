/** The type of the filters of `destroyMany` and `sessions`. */
import type { mongo, Types } from 'mongoose'
import type { SessionRecord } from './records/model'

/** Mongoose casts a string to an ObjectId. */
type Castable<V> = V extends Types.ObjectId ? V | string : V

/** Fields that have fields: `geo` of `geo.lat`. */
type Nested<F> = {
  [K in keyof F & string]-?: unknown extends F[K]
    ? K
    : NonNullable<F[K]> extends string | number | boolean | bigint | Date | Types.ObjectId
      ? never
      : K
}[keyof F & string]

/**
 * The filter of `destroyMany` and `sessions`: fields of the record (`_id`, or `idField`, is the session
 * id), paths into them, and keys of the session as `session.key`, with values or operators. @public
 * @example
 * ```js
 * await store.destroyMany({ userId: 'ada', 'session.device': { $in: ['phone', 'tablet'] } })
 * ```
 */
export type SessionFilter<F extends object = object> = {
  readonly [K in keyof (F & SessionRecord)]?: mongo.Condition<
    Castable<NonNullable<(F & SessionRecord)[K]>>
  > | null
} & { readonly [path in `session.${string}` | `${Nested<F>}.${string}`]: unknown } & {
  /** Matches if all of the filters match. */
  readonly $and?: readonly SessionFilter<F>[]
  /** Matches if at least one of the filters matches. */
  readonly $or?: readonly SessionFilter<F>[]
  /** Matches if none of the filters matches. */
  readonly $nor?: readonly SessionFilter<F>[]
}
