/** A session as plain data: a copy to store, and what BSON refuses. */
import { types } from 'node:util'
import { describeCause, MongoDBStoreError } from '../errors'

/** A session as plain data, without express-session's methods. @public */
export type SessionPayload = Record<string, unknown>

/** MongoDB allows 100 levels of nesting, of which the record takes 2. */
const MAX_DEPTH = 98

/** A copy of the session, which later changes by the app do not affect. Throws if BSON cannot represent it. */
export function payloadOf(session: unknown): SessionPayload {
  try {
    const copy = plainCopy(session)
    if (isPlainObject(copy)) return copy
  } catch (cause) {
    if (cause instanceof MongoDBStoreError) throw cause
    throw notStorable('reading it threw (a getter, a `toJSON` or a `toBSON`?)', cause)
  }
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', 'the session is not an object')
}

/**
 * A deep copy that shares nothing with the app. BSON types, dates, Buffers and regular expressions keep their
 * types. As in JSON, `undefined`, functions and symbols are left out, and an object's `toJSON` is called; `toBSON`
 * is preferred, except for Mongoose documents. A Map becomes an object, a Set or typed array a list, an
 * ArrayBuffer or DataView a Buffer.
 */
export function plainCopy(value: unknown, key = '', depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'object':
      break
    case 'bigint':
      throw notStorable('it holds a BigInt; store it as a string')
    default:
      return undefined
  }
  if (value === null) return null
  const leaf = isPlainObject(value) || Array.isArray(value) ? undefined : copyOfLeaf(value)
  if (leaf !== undefined) return leaf
  if (depth > MAX_DEPTH) throw notStorable('it is circular, or nested deeper than 100 levels')
  const json = toBSONOrJSON(value, key)
  if (json !== value) return plainCopy(json, key, depth + 1)
  if (Array.isArray(value)) return copyOfList(value, depth)
  if (types.isSet(value) || types.isTypedArray(value)) return copyOfList([...value], depth)
  const object = types.isMap(value) ? objectFrom(value) : (value as SessionPayload)
  return copyOfObject(object, depth)
}

/** A copy of a value without parts; undefined for any other. */
function copyOfLeaf(value: object): object | null | undefined {
  if (types.isDate(value)) {
    // From another realm, or a subclass with its own `toJSON`
    const isForeign = value.toJSON !== Date.prototype.toJSON
    if (isForeign && !isPlainObject(Object.getPrototypeOf(value))) return undefined
    return Number.isNaN(value.getTime()) ? null : new Date(value)
  }
  if (types.isUint8Array(value) || types.isDataView(value)) {
    return Buffer.from(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
  }
  if (types.isAnyArrayBuffer(value)) return Buffer.from(Buffer.from(value))
  if ('_bsontype' in value && !Object.hasOwn(value, '_bsontype')) return copyOfBson(value)
  return types.isRegExp(value) ? new RegExp(value) : undefined
}

interface BsonValue {
  readonly _bsontype: unknown
  readonly buffer?: unknown
  readonly scope?: unknown
}

/** Of the BSON types, only Binary and Code are mutable. */
function copyOfBson(value: BsonValue): object {
  const isBinary = value._bsontype === 'Binary' && types.isUint8Array(value.buffer)
  if (!isBinary && value._bsontype !== 'Code') return value
  const copy = Object.assign(Object.create(Object.getPrototypeOf(value)), value)
  if (isBinary) copy.buffer = Buffer.from(copy.buffer)
  else copy.scope = plainCopy(copy.scope)
  return copy
}

/** The result of the object's `toBSON` or `toJSON`, else the object itself. */
function toBSONOrJSON(value: object, key: string): unknown {
  const { toBSON, toJSON } = value as { toBSON?: unknown; toJSON?: unknown }
  if (typeof toBSON === 'function') {
    // A document's would store what its schema's `toJSON` hides
    const isOfMongoose = Array.isArray(value) || '$isDefault' in value
    if (!isOfMongoose) return toBSON.call(value)
  }
  return typeof toJSON === 'function' ? toJSON.call(value, key) : value
}

function copyOfList(list: readonly unknown[], depth: number): unknown[] {
  const copy: unknown[] = []
  for (let i = 0; i < list.length; i++) {
    copy.push(plainCopy(list[i], `${i}`, depth + 1) ?? null)
  }
  return copy
}

function objectFrom(map: ReadonlyMap<unknown, unknown>): SessionPayload {
  const object = Object.fromEntries([...map].map(([key, value]) => [String(key), value]))
  if (Object.keys(object).length === map.size) return object
  throw notStorable('two keys of a Map have the same text')
}

function copyOfObject(from: SessionPayload, depth: number) {
  const copy: SessionPayload = {}
  for (const key of Object.keys(from)) {
    const value = plainCopy(from[key], key, depth + 1)
    if (value === undefined) continue
    if (key === '_bsontype' || key.includes('\0')) {
      throw notStorable('a key is `_bsontype`, or contains a NUL character')
    }
    if (key !== '__proto__') copy[key.toWellFormed()] = value
    // With `=`, this key would set the prototype
    else Object.defineProperties(copy, Object.getOwnPropertyDescriptors({ [key]: value }))
  }
  return copy
}

/** Our error, which quotes no data, if a session does not fit BSON or the driver's buffer of 17 MiB. */
export function refusedByBson(error: unknown): MongoDBStoreError | undefined {
  const { name } = (types.isNativeError(error) ? error : {}) as { name?: unknown }
  if (name === 'RangeError') return tooLarge(error)
  const isOfBson = typeof name === 'string' && /^BSON\w*Error$/.test(name)
  return isOfBson ? notStorable(`BSON refuses it: ${describeCause(error)}`, error) : undefined
}

export function tooLarge(cause?: unknown): MongoDBStoreError {
  const message = "the session exceeds MongoDB's limit of 16 MiB for a document; store less in it"
  return new MongoDBStoreError('ERR_MONGODB_STORE_SESSION_SIZE', message, cause)
}

export function notStorable(why: string, cause?: unknown): MongoDBStoreError {
  const message = `the session cannot be stored: ${why}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', message, cause)
}

/** Whether the value is an object, but neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether the value is a `{}` of any realm, or has no prototype, and is not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * Throws unless it is a session id. Anything but a non-empty string could reach the query as an operator, or match
 * another session; half a surrogate pair would be stored as U+FFFD, making two session ids equal.
 */
export function checkedSid(sid: unknown): string {
  if (typeof sid === 'string' && sid !== '' && sid.isWellFormed()) return sid
  const isText = typeof sid === 'string' && sid !== ''
  const given = isText ? 'not well-formed' : sid === '' ? 'empty' : `of type ${typeof sid}`
  const message = `a session id must be a non-empty string of well-formed text; it is ${given}`
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SID', message)
}
