/** What a filter of the app's can say, for `destroyMany` and `sessions`. */
import type { mongo, Types } from 'mongoose'
import type { SessionRecord } from './model'

/** Mongoose makes an ObjectId of its text. */
type Castable<V> = V extends Types.ObjectId ? V | string : V

/** Fields in which a path can lead further: `geo` of `geo.lat`. */
type Nested<F> = {
  [K in keyof F & string]-?: unknown extends F[K]
    ? K
    : NonNullable<F[K]> extends string | number | boolean | bigint | Date | Types.ObjectId
      ? never
      : K
}[keyof F & string]

/**
 * What `destroyMany` and `sessions` take: fields of the record (`_id` is the session id, unless the
 * option `idField` names another field), paths into fields that hold objects or lists, and keys of the
 * session as `session.key`, each with a value or with MongoDB's operators.
 * A path that no field of the schema can have is refused at run time.
 *
 * @example
 * ```js
 * await store.destroyMany({ userId: 'ada', 'session.device': { $in: ['phone', 'tablet'] } })
 * ```
 * @public
 */
export type SessionFilter<F extends object = object> = {
  readonly [K in keyof (F & SessionRecord)]?: mongo.Condition<
    Castable<NonNullable<(F & SessionRecord)[K]>>
  > | null
} & { readonly [path in `session.${string}` | `${Nested<F>}.${string}`]: unknown } & {
  /** All of them match. */
  readonly $and?: readonly SessionFilter<F>[]
  /** At least one of them matches. */
  readonly $or?: readonly SessionFilter<F>[]
  /** None of them matches. */
  readonly $nor?: readonly SessionFilter<F>[]
}
