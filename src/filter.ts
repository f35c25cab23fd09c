/** A filter of the app's, for `destroyMany` and `sessions`. */
import type { mongo } from 'mongoose'
import { MongoDBStoreError } from './errors'
import type { SessionRecord } from './model'

/**
 * What `destroyMany` and `sessions` take: fields of the record (`_id` is the session id), and keys of
 * the session as `session.key`, each with a value or with MongoDB's operators.
 * @public
 */
export type SessionFilter<F extends object = object> = {
  readonly [K in keyof (F & SessionRecord)]?: mongo.Condition<
    NonNullable<(F & SessionRecord)[K]>
  > | null
} & { readonly [key in `session.${string}`]: unknown } & {
  readonly $and?: readonly SessionFilter<F>[]
  readonly $or?: readonly SessionFilter<F>[]
  readonly $nor?: readonly SessionFilter<F>[]
}

const COMBINING = ['$and', '$or', '$nor']

/**
 * Refuses a filter that would match more than its author meant: `{ userId: undefined }` matches every
 * record under `ignoreUndefined`, and so does a name that no field has under `strictQuery`.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER`
 */
export function assertFilter(filter: unknown, hasField: (name: string) => boolean): void {
  if (!isPlainObject(filter)) throw refused('it is no plain object')
  for (const [name, condition] of Object.entries(filter)) {
    if (COMBINING.includes(name)) {
      if (!Array.isArray(condition) || condition.length === 0) {
        throw refused(`\`${name}\` takes a list of filters`)
      }
      for (const each of condition) assertFilter(each, hasField)
    } else if (name[0] === '$') throw refused(`it cannot hold \`${name}\` at this place`)
    else if (!hasField(name)) throw refused(`sessions have no field \`${name}\``)
    else assertCondition(name, condition, 0)
  }
}

function assertCondition(name: string, condition: unknown, depth: number): void {
  if (condition === undefined) throw refused(`\`${name}\` is undefined`)
  if (typeof condition === 'function' || typeof condition === 'symbol' || depth > 20) {
    throw refused(`\`${name}\` is nothing to compare with`)
  }
  if (Array.isArray(condition)) {
    for (const each of condition) assertCondition(name, each, depth + 1)
  } else if (isPlainObject(condition)) {
    const keys = Object.keys(condition)
    if (depth === 0 && keys.length === 0) throw refused(`\`${name}\` is an empty object`)
    for (const key of keys) {
      if (key === '$where' || key === '$expr') throw refused(`it cannot hold \`${key}\``)
      assertCondition(`${name}.${key}`, condition[key], depth + 1)
    }
  }
}

/** Whether the filter says anything; `{}` matches every session. */
export function isEmpty(filter: object): boolean {
  return Object.keys(filter).length === 0
}

export function refused(why: string): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_FILTER', `the filter cannot be used: ${why}`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
