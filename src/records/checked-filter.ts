/** Copies the app's filter, and refuses a filter that could match other sessions than it says. */
import type { Schema, SchemaType } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import { itemTypeOf } from '../mongoose-internals'
import { isPlainObject } from '../payload/payload'
import type { Fields } from './queries'

export const COMBINING = ['$and', '$or', '$nor']

/** JavaScript and expressions see the whole record; `__proto__` and `_bsontype` cannot be plain keys. */
const UNUSABLE = ['$where', '$expr', '$function', '__proto__', '_bsontype']

/** Deeper than any sensible filter. */
const MAX_DEPTH = 40

type HasField = (path: string) => boolean

/**
 * A copy: a getter could return something else the next time, and the app could change the filter. Refuses what
 * would match other records than its author meant: `{ userId: undefined }` matches every record under
 * `ignoreUndefined`, an unknown field does under `strictQuery`, and so does the `{}` of `{ $or: [{ userId }, {}] }`.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER`
 */
export function checkedFilter(filter: unknown, hasField: HasField): Fields {
  try {
    const copy = copyOf(filter, 'filter', 0)
    if (!isPlainObject(copy)) throw refused('it is no plain object')
    if (!isEmpty(copy)) checkFields(copy, hasField)
    return copy
  } catch (cause) {
    throw cause instanceof MongoDBStoreError ? cause : refused('it threw when it was read', cause)
  }
}

function copyOf(value: unknown, name: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw refused('it is circular, or nested too deep')
  if (value === undefined) throw refused(`\`${name}\` is undefined`)
  if (value === null || /^(string|number|bigint|boolean)$/.test(typeof value)) return value
  if (value instanceof Date) return new Date(value)
  if (value instanceof RegExp) return new RegExp(value)
  if (value instanceof Uint8Array) return Buffer.from(value)
  // A value of BSON, such as an ObjectId, and nothing that only says so
  const it = Object(value) as object
  if ('_bsontype' in it && !Object.hasOwn(it, '_bsontype') && !('toBSON' in it)) return value
  if (!Array.isArray(value) && !isPlainObject(value)) throw refused(`\`${name}\` is no plain data`)
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  const copy: Fields | unknown[] = Array.isArray(value) ? [] : {}
  for (const key of keys) {
    if (UNUSABLE.includes(`${key}`)) throw refused(`it cannot hold \`${key}\``)
    Object.assign(copy, { [key]: copyOf((value as Fields)[key], `${key}`, depth + 1) })
  }
  // `mongoose.trusted` marks a filter by a symbol
  for (const mark of Object.getOwnPropertySymbols(value))
    Object.assign(copy, { [mark]: value[mark as never] })
  return copy
}

/** @param list within `$elemMatch`, the field whose items the filter is for */
function checkFields(filter: unknown, hasField: HasField, list?: string): void {
  if (!isPlainObject(filter) || isEmpty(filter)) throw refused('a part of it says nothing')
  for (const [name, condition] of Object.entries(filter)) {
    const path = list === undefined ? name : `${list}.${name}`
    if (COMBINING.includes(name)) {
      const isFilled = Array.isArray(condition) && condition.length > 0
      if (!isFilled) throw refused(`\`${name}\` takes a list of filters, which is not empty`)
      for (const each of condition) checkFields(each, hasField, list)
    } else if (name[0] === '$') {
      if (list === undefined) throw refused(`it cannot hold \`${name}\` at this place`)
      checkCondition({ [name]: condition }, hasField, list)
    } else if (hasField(path)) checkCondition(condition, hasField, path)
    else throw refused(`sessions have no field \`${path}\``)
  }
}

function checkCondition(condition: unknown, hasField: HasField, path: string): void {
  if (!isPlainObject(condition)) return
  if (isEmpty(condition)) throw refused(`\`${path}\` is an empty object`)
  const { $not, $elemMatch, $all } = condition
  checkCondition($not, hasField, path)
  if ($elemMatch !== undefined) checkFields($elemMatch, hasField, path)
  if (Array.isArray($all)) for (const each of $all) checkCondition(each, hasField, path)
}

/** Whether the filter is `{}`, which matches every session. */
export function isEmpty(filter: object): boolean {
  return Object.keys(filter).length === 0
}

export function holdsOperators(value: unknown): value is Fields {
  return isPlainObject(value) && Object.keys(value).some((key) => key[0] === '$')
}

export function refused(why: string, cause?: unknown): MongoDBStoreError {
  const message = `the filter cannot be used: ${why}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_FILTER', message, cause)
}

/**
 * Whether a record can have the path: Mongoose's `strictQuery` accepts any into a string.
 * @param isOpen whether names that a schema without `strict` does not have are possible as well
 */
export function canHave(schema: Schema, path: string, isOpen = false): boolean {
  const keys = path.split('.')
  return [schema, ...Object.values(schema.discriminators ?? {})].some((each) => {
    for (let i = 1; i <= keys.length; i++) {
      const name = keys.slice(0, i).join('.')
      const kind = each.pathType(name)
      if (kind === 'real') return leadsInto(each.path(name), keys.slice(i))
      if (kind !== 'nested') return each.get('strict') === false && (isOpen || i > 1)
    }
    return true
  })
}

function leadsInto(type: SchemaType | undefined, [key, ...others]: readonly string[]): boolean {
  if (!type || key === undefined) return true
  const isItem = type.instance === 'Array' && /^\d+$/.test(key)
  const rest = isItem ? others : [key, ...others]
  if (type.schema) return rest.length === 0 || canHave(type.schema, rest.join('.'), true)
  if (type.instance === 'Array') return leadsInto(itemTypeOf(type), rest)
  return type.instance === 'Mixed' || type.instance === 'Map'
}
