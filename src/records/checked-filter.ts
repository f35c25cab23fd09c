/** Copies the app's filter, and refuses a filter that could match other sessions than it says. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import { isPlainObject } from '../payload/objects'
import type { Fields } from './queries'

export const COMBINING = ['$and', '$or', '$nor']

/** JavaScript and expressions see the whole record; `__proto__` and `_bsontype` cannot be plain keys. */
const UNUSABLE = ['$where', '$expr', '$function', '__proto__', '_bsontype']

/** Deeper than any sensible filter. */
const MAX_DEPTH = 20

/**
 * A copy of the checked values: a getter could return something else the next time, and the app could
 * change the filter before it is sent.
 *
 * Refuses a filter that would match other records than its author meant. `{ userId: undefined }` matches
 * every record under `ignoreUndefined`, and so does an unknown field under `strictQuery`, also within
 * `$elemMatch`. A path that no record can have matches nothing, or everything by `$ne`. An empty part,
 * such as the `{}` of `{ $or: [{ userId }, {}] }`, matches every record, or none in `$nor`. Operators are
 * taken literally: `{ $nin: [] }` matches every record.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER`
 */
export function checkedFilter(filter: unknown, hasField: (path: string) => boolean): Fields {
  try {
    return new Check(hasField).filter(filter, 0)
  } catch (cause) {
    throw cause instanceof MongoDBStoreError ? cause : refused('it threw when it was read', cause)
  }
}

class Check {
  readonly #hasField: (path: string) => boolean

  constructor(hasField: (path: string) => boolean) {
    this.#hasField = hasField
  }

  /** @param list within `$elemMatch`, the field whose items the filter is for */
  filter(filter: unknown, depth: number, list?: string): Fields {
    if (!isPlainObject(filter)) throw refused('it is no plain object')
    if (depth > MAX_DEPTH) throw refused('it is circular, or nested too deep')
    if (isEmpty(filter) && depth > 0) {
      throw refused('a part of it is an empty object, which says nothing: leave it out')
    }
    return copied(filter, (name, condition) => {
      if (COMBINING.includes(name)) return this.#filters(name, condition, depth + 1, list)
      if (name[0] === '$') {
        if (list === undefined) throw refused(`it cannot hold \`${name}\` at this place`)
        return this.#operand(list, name, condition, depth)
      }
      const path = list === undefined ? name : `${list}.${name}`
      if (!this.#hasField(path)) throw refused(`sessions have no field \`${path}\``)
      return this.#condition(path, condition, depth)
    })
  }

  #filters(name: string, filters: unknown, depth: number, list?: string): Fields[] {
    if (!Array.isArray(filters)) throw refused(`\`${name}\` takes a list of filters`)
    if (filters.length === 0) throw refused(`\`${name}\` is an empty list, which says nothing`)
    return copiedList(filters, (each) => this.filter(each, depth, list))
  }

  #condition(path: string, condition: unknown, depth: number): unknown {
    const copy =
      isPlainObject(condition) && Object.keys(condition).some(isOperator)
        ? copied(condition, (key, operand) => this.#operand(path, key, operand, depth + 1))
        : valueFrom(path, condition, 0)
    if (isPlainObject(copy) && isEmpty(copy)) throw refused(`\`${path}\` is an empty object`)
    return copy
  }

  #operand(path: string, operator: string, operand: unknown, depth: number): unknown {
    const named = `${path}.${operator}`
    if (depth > MAX_DEPTH) throw nothingToCompareWith(named)
    if (UNUSABLE.includes(operator)) throw refused(`it cannot hold \`${operator}\``)
    if (operator === '$not') return this.#condition(path, operand, depth)
    if (operator === '$elemMatch') return this.filter(operand, depth + 1, path)
    if (operator !== '$all' || !Array.isArray(operand)) return valueFrom(named, operand, 0)
    return copiedList(operand, (each) => {
      const isMatch = isPlainObject(each) && '$elemMatch' in each
      return isMatch ? this.#condition(path, each, depth) : valueFrom(named, each, 0)
    })
  }
}

/** A copy of a value to compare with; every `$` in it is data. */
function valueFrom(name: string, value: unknown, depth: number): unknown {
  if (value === undefined) throw refused(`\`${name}\` is undefined`)
  if (typeof value === 'function' || typeof value === 'symbol' || depth > MAX_DEPTH) {
    throw nothingToCompareWith(name)
  }
  if (Array.isArray(value)) return copiedList(value, (each) => valueFrom(name, each, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  if (!isPlainObject(value)) return storedFrom(name, value, depth)
  return copied(value, (key, each) => {
    if (UNUSABLE.includes(key)) throw refused(`it cannot hold \`${key}\``)
    return valueFrom(`${name}.${key}`, each, depth + 1)
  })
}

/** A copy of an instance of a class, in the form in which it would be stored. */
function storedFrom(name: string, instance: object, depth: number): unknown {
  if (instance instanceof Date) return new Date(instance)
  if (instance instanceof RegExp) return new RegExp(instance)
  if (types.isBoxedPrimitive(instance)) throw nothingToCompareWith(name)
  const { toBSON } = instance as { toBSON?: unknown }
  let stored: unknown
  if (typeof toBSON === 'function') stored = toBSON.call(instance)
  else if (instance instanceof Uint8Array) return Buffer.from(instance)
  else if ('_bsontype' in instance && !Object.hasOwn(instance, '_bsontype')) return instance
  else stored = instance instanceof Map ? Object.fromEntries(instance) : { ...instance }
  const value = valueFrom(name, stored, depth + 1)
  if (holdsOperators(value)) throw refused(`\`${name}\` is stored as operators`)
  return value
}

function holdsOperators(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsOperators)
  if (!isPlainObject(value)) return false
  return Object.entries(value).some(([key, each]) => isOperator(key) || holdsOperators(each))
}

function copied(object: Fields, copyOf: (key: string, value: unknown) => unknown): Fields {
  const copy: Fields = {}
  for (const key of Object.keys(object)) copy[key] = copyOf(key, object[key])
  return withSymbolsOf(object, copy)
}

function copiedList<T>(list: readonly unknown[], copyOf: (value: unknown) => T): T[] {
  return withSymbolsOf(list, Array.from(list, copyOf))
}

/** Copies symbols as well, since `mongoose.trusted` marks a filter by a symbol. */
function withSymbolsOf<T extends object>(original: object, copy: T): T {
  for (const symbol of Object.getOwnPropertySymbols(original)) {
    Object.assign(copy, { [symbol]: (original as Record<symbol, unknown>)[symbol] })
  }
  return copy
}

/** Whether the filter is `{}`, which matches every session. */
export function isEmpty(filter: object): boolean {
  return Object.keys(filter).length === 0
}

export function isOperator(key: string): boolean {
  return key[0] === '$'
}

export function refused(why: string, cause?: unknown): MongoDBStoreError {
  const message = `the filter cannot be used: ${why}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_FILTER', message, cause)
}

function nothingToCompareWith(name: string): MongoDBStoreError {
  return refused(`\`${name}\` is nothing to compare with`)
}
