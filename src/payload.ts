/** A session as plain data, with what BSON cannot hold turned into what JSON would make of it. */
import { types } from 'node:util'
import { MongoDBStoreError } from './errors'

/** MongoDB's own limits: 16 MiB for a document, 100 levels of nesting, of which the record takes 2. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 98

const HALF_A_PAIR = /\p{Surrogate}/u

/** What a walk over a session has counted: what it takes at least in BSON, in bytes. */
export interface Walk {
  bytes: number
}

/** With no more than this counted, a session is under the limit however its text is encoded. */
export const SURELY_SMALL = MAX_DOCUMENT_BYTES / 16

/**
 * A deep copy that shares nothing the app could change before it is sent.
 *
 * Dates, ObjectIds and other BSON types, Buffers and regular expressions stay what they are. As in
 * JSON, `undefined`, functions and symbols are left out, and an object's `toJSON` is asked (its
 * `toBSON` first, which keeps the types of a Mongoose document). A Map becomes an object, a Set and
 * a typed array become an array.
 *
 * @param walk is told what was counted
 * @throws MongoDBStoreError for a BigInt, a cycle, a key that BSON has no form for, or more than 16 MiB
 */
export function plainCopy(
  session: Record<string, unknown>,
  walk: Walk = { bytes: 0 },
): Record<string, unknown> {
  return copyOfObject(session, 0, walk)
}

function copyOf(value: unknown, key: string, depth: number, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      count(walk, value.length)
      return value
    case 'number':
    case 'boolean':
      count(walk, 1)
      return value
    case 'object':
      return value === null ? null : copyOfNested(value, key, depth, walk)
    case 'bigint':
      throw refused('it holds a BigInt; store it as a string')
    default:
      return undefined // undefined, a function, a symbol: left out, as in JSON
  }
}

function copyOfNested(value: object, key: string, depth: number, walk: Walk): unknown {
  if (Array.isArray(value)) return copyOfList(value, depth, walk)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : new Date(value)
    if (value instanceof Uint8Array) {
      count(walk, value.length)
      return Buffer.from(value)
    }
    if ('_bsontype' in value && !Object.hasOwn(value, '_bsontype')) return value
    if (value instanceof RegExp) return value
    if (value instanceof Map) return copyOfObject(objectFrom(value), depth, walk)
    if (value instanceof Set) return copyOfList([...value], depth, walk)
    if (types.isTypedArray(value)) return copyOfList([...(value as Int32Array)], depth, walk)
    if (types.isAnyArrayBuffer(value)) return Buffer.from(value as ArrayBuffer)
    if (types.isBoxedPrimitive(value)) return copyOf(value.valueOf(), key, depth, walk)
  }
  const own = asItStoresItself(value, key)
  if (own !== value) {
    if (depth > MAX_DEPTH) throw tooDeep()
    return copyOf(own, key, depth + 1, walk)
  }
  return copyOfObject(value as Record<string, unknown>, depth, walk)
}

function asItStoresItself(value: object, key: string): unknown {
  const { toBSON, toJSON } = value as { toBSON?: unknown; toJSON?: unknown }
  if (typeof toBSON === 'function') return toBSON.call(value)
  if (typeof toJSON === 'function') return toJSON.call(value, key)
  return value
}

function copyOfList(list: readonly unknown[], depth: number, walk: Walk): unknown[] {
  if (depth > MAX_DEPTH) throw tooDeep()
  count(walk, list.length * 3)
  const copy: unknown[] = []
  for (let i = 0; i < list.length; i++) {
    copy.push(copyOf(list[i], String(i), depth + 1, walk) ?? null)
  }
  return copy
}

function copyOfObject(
  object: Record<string, unknown>,
  depth: number,
  walk: Walk,
): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw tooDeep()
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const value = copyOf(object[key], key, depth + 1, walk)
    if (value === undefined) continue
    if (key === '_bsontype') throw refused('`_bsontype` cannot be the name of a key')
    if (key.includes('\0')) throw refused('a key holds a NUL character')
    count(walk, key.length + 2)
    // Half a surrogate pair has no form in UTF-8: it would be stored under another name
    put(copy, HALF_A_PAIR.test(key) ? Buffer.from(key).toString() : key, value)
  }
  return copy
}

/** Assigns data, also to keys such as `__proto__` that mean something else to `=`. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else {
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }
}

function objectFrom(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [key, value] of map) put(object, String(key), value)
  return object
}

/** Ends the walk as soon as it is too much, however often a shared object is met again. */
function count(walk: Walk, bytes: number): void {
  walk.bytes += bytes
  if (walk.bytes > MAX_DOCUMENT_BYTES) throw tooLarge()
}

export function tooLarge(cause?: unknown): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_SESSION_SIZE',
    "the session is larger than MongoDB's limit of 16 MiB for a document; keep less in it",
    cause,
  )
}

function tooDeep(): MongoDBStoreError {
  return refused('it is circular, or nested deeper than 100 levels')
}

function refused(why: string): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', `the session cannot be stored: ${why}`)
}
