/** Copies the app's filter, and refuses one that could match more sessions than it says. */
import { types } from 'node:util'
import type { Schema, SchemaType } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import { itemTypeOf } from '../mongoose-internals'
import { isPlainObject } from '../payload/payload'
import type { Fields } from './queries'

export const COMBINING = ['$and', '$or', '$nor']

/** JavaScript and expressions see the whole record; `__proto__` and `_bsontype` are never plain keys. */
const UNUSABLE = ['$where', '$expr', '$function', '__proto__', '_bsontype']

/** Their operand may be `{}`. */
const COMPARING = ['$eq', '$ne', '$in', '$nin']

/** Deeper than any sensible filter. */
const MAX_DEPTH = 40

/**
 * A copy, since a getter could return something else next time. Refuses what could match more than its author
 * meant: `{ userId: undefined }` matches every record under `ignoreUndefined`, an unknown field does under
 * `strictQuery`, and so does the `{}` in `{ $or: [{ userId }, {}] }`.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER`
 */
export function checkedFilter(filter: unknown, hasField: HasField): Fields {
  try {
    const copy = copyOf(filter, 'filter', 0)
    assertFields(copy, hasField)
    return copy
  } catch (cause) {
    throw cause instanceof MongoDBStoreError ? cause : refused('reading it threw', cause)
  }
}

/** @param name the key that holds the value, or the list that does */
function copyOf(value: unknown, name: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw refused('it is circular, or nested too deep')
  if (value === undefined) throw refused(`\`${name}\` is undefined`)
  if (value === null || /^(string|number|bigint|boolean)$/.test(typeof value)) return value
  if (types.isDate(value) || types.isRegExp(value) || types.isUint8Array(value)) return value
  // A BSON value such as an ObjectId, and not data that claims to be one
  const it = Object(value) as object
  if ('_bsontype' in it && !Object.hasOwn(it, '_bsontype') && !('toBSON' in it)) return value
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) throw refused(`\`${name}\` is not plain data`)
  const isFilled = Object.keys(value).length > 0 || depth === 0
  if (!isFilled && !COMPARING.includes(name) && (!isList || COMBINING.includes(name))) {
    throw refused(`\`${name}\` is empty`)
  }
  if (isList) return Array.from(value, (each) => copyOf(each, name, depth + 1))
  const copy: Fields = {}
  for (const key of Object.keys(value)) {
    if (UNUSABLE.includes(key)) throw refused(`it cannot contain \`${key}\``)
    copy[key] = copyOf(value[key], key, depth + 1)
  }
  // `mongoose.trusted` marks a filter by a symbol
  for (const mark of Object.getOwnPropertySymbols(value)) {
    Object.assign(copy, { [mark]: value[mark as never] })
  }
  return copy
}

type HasField = (path: string) => boolean

/** @param items within `$elemMatch`, the items' path and a `.` */
function assertFields(filter: unknown, has: HasField, items = ''): asserts filter is Fields {
  if (!isPlainObject(filter)) throw refused('it is not a plain object')
  for (const [name, condition] of Object.entries(filter)) {
    const path = items + name
    if (COMBINING.includes(name)) {
      if (!Array.isArray(condition)) throw refused(`\`${name}\` takes a list of filters`)
      for (const each of condition) assertFields(each, has, items)
    } else if (name[0] !== '$') {
      if (!has(path)) throw refused(`sessions have no field \`${path}\``)
      assertItems(condition, has, `${path}.`)
    } else if (items === '') throw refused(`it cannot contain \`${name}\` here`)
  }
}

function assertItems(condition: unknown, has: HasField, items: string): void {
  if (!isPlainObject(condition) && !Array.isArray(condition)) return
  for (const [key, value] of Object.entries(condition)) {
    if (key === '$elemMatch') assertFields(value, has, items)
    else if (/^(\$not|\$all|\d+)$/.test(key)) assertItems(value, has, items)
  }
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
 * Whether a record can have the path. (Mongoose's `strictQuery` accepts any path into a string.)
 * @param isOpen whether a schema with `strict: false` also allows names it does not have
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
