/** A filter of the app's, for `destroyMany` and `sessions`. */
import { types } from 'node:util'
import type { mongo, Types } from 'mongoose'
import { MongoDBStoreError } from './errors'
import type { SessionRecord } from './model'
import { unboxed } from './payload'
import type { Fields } from './queries'

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

const COMBINING = ['$and', '$or', '$nor']

/** JavaScript and expressions see the whole record; the others are no data, to JavaScript or to BSON. */
const UNUSABLE = ['$where', '$expr', '$function', '__proto__', '_bsontype']

/** Deeper than any filter that someone means. */
const MAX_DEPTH = 20

/**
 * A copy of the filter, of what was checked: a getter can give something else when it is read again,
 * and the app can change it before it is sent.
 *
 * Refuses one that would match more than its author meant: `{ userId: undefined }` matches every
 * record under `ignoreUndefined`, and so does a name that no field has under `strictQuery`. A
 * path that leads nowhere matches nothing at all, or by `$ne` everything.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER`
 */
export function checkedFilter(filter: unknown, hasField: (name: string) => boolean): Fields {
  try {
    return filterFrom(filter, hasField, 0)
  } catch (cause) {
    throw cause instanceof MongoDBStoreError ? cause : refused('it threw when it was read', cause)
  }
}

function filterFrom(filter: unknown, hasField: (name: string) => boolean, depth: number): Fields {
  if (!isPlainObject(filter)) throw refused('it is no plain object')
  if (depth > MAX_DEPTH) throw refused('it is circular, or nested too deep')
  return copied(filter, (name, condition) => {
    if (COMBINING.includes(name)) {
      if (!Array.isArray(condition) || condition.length === 0) {
        throw refused(`\`${name}\` takes a list of filters`)
      }
      return Array.from(condition, (each) => filterFrom(each, hasField, depth + 1))
    }
    if (name[0] === '$') throw refused(`it cannot hold \`${name}\` at this place`)
    if (!hasField(name)) throw refused(`sessions have no field \`${name}\``)
    return conditionFrom(name, condition, 0)
  })
}

function conditionFrom(name: string, condition: unknown, depth: number): unknown {
  if (condition === undefined) throw refused(`\`${name}\` is undefined`)
  if (typeof condition === 'function' || typeof condition === 'symbol' || depth > MAX_DEPTH) {
    throw refused(`\`${name}\` is nothing to compare with`)
  }
  if (Array.isArray(condition)) {
    return Array.from(condition, (each) => conditionFrom(name, each, depth + 1))
  }
  if (typeof condition !== 'object' || condition === null) return condition
  if (!isPlainObject(condition)) return valueFrom(name, condition, depth)
  if (depth === 0 && isEmpty(condition)) throw emptyObject(name)
  return copied(condition, (key, value) => {
    if (UNUSABLE.includes(key)) throw refused(`it cannot hold \`${key}\``)
    return conditionFrom(`${name}.${key}`, value, depth + 1)
  })
}

/** Of an instance of a class, what it is stored as: a value to compare with, whatever it holds. */
function valueFrom(name: string, instance: object, depth: number): unknown {
  if (instance instanceof Date) return new Date(instance)
  if (instance instanceof RegExp) return new RegExp(instance)
  if (types.isBoxedPrimitive(instance)) return conditionFrom(name, unboxed(instance), depth + 1)
  const { toBSON } = instance as { toBSON?: unknown }
  let stored: unknown
  if (typeof toBSON === 'function') stored = toBSON.call(instance)
  else if (instance instanceof Uint8Array) return Buffer.from(instance)
  else if ('_bsontype' in instance && !Object.hasOwn(instance, '_bsontype')) return instance
  else stored = instance instanceof Map ? Object.fromEntries(instance) : { ...instance }
  const value = conditionFrom(name, stored, depth + 1)
  if (depth === 0 && isPlainObject(value) && isEmpty(value)) throw emptyObject(name)
  if (holdsOperators(value)) throw refused(`\`${name}\` is stored as operators`)
  return value
}

function emptyObject(name: string): MongoDBStoreError {
  return refused(`\`${name}\` is an empty object`)
}

function holdsOperators(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsOperators)
  if (!isPlainObject(value)) return false
  return Object.entries(value).some(([key, each]) => key[0] === '$' || holdsOperators(each))
}

function copied(object: Fields, copyOf: (key: string, value: unknown) => unknown): Fields {
  const copy: Fields = {}
  for (const key of Object.keys(object)) copy[key] = copyOf(key, object[key])
  // Mongoose's `trusted` is one
  for (const symbol of Object.getOwnPropertySymbols(object)) {
    Object.assign(copy, { [symbol]: (object as Record<symbol, unknown>)[symbol] })
  }
  return copy
}

/** Whether the filter says anything; `{}` matches every session. */
export function isEmpty(filter: object): boolean {
  return Object.keys(filter).length === 0
}

export function refused(why: string, cause?: unknown): MongoDBStoreError {
  const message = `the filter cannot be used: ${why}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_FILTER', message, cause)
}

function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
