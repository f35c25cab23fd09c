/** A session as plain data, with what BSON cannot hold turned into what JSON would make of it. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import { asItIsShown, bytesOfJSON, isMongooseDocument } from './documents'
import { isPlainObject } from './objects'
import { isWellFormed } from './sid'

/** MongoDB's own limits: 16 MiB for a document, 100 levels of nesting, of which the record takes 2. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 98

/** What a context over a session has counted, and where it is. */
export interface CopyContext {
  /** What the session takes at least in BSON. */
  bytes: number
  /** Whether it is within what the `toJSON` of a Mongoose document gave. */
  isInDocument?: boolean
  /** Whether Mongoose documents are copied as they are stored, by their `toBSON`. */
  readonly storesDocuments?: boolean
}

/** With no more than this counted, a session is under the limit however its text is encoded. */
export const SURELY_SMALL = MAX_DOCUMENT_BYTES / 16

/**
 * A deep copy that shares nothing the app could change before it is sent.
 *
 * Dates, ObjectIds and other BSON types, Buffers and regular expressions stay what they are. As in
 * JSON, `undefined`, functions and symbols are left out, and an object's `toJSON` is asked; its
 * `toBSON` first, unless it is a Mongoose document. A Map becomes an object, a Set and a typed array
 * become an array, an ArrayBuffer and a DataView become a Buffer.
 *
 * @param context is told what was counted
 * @throws MongoDBStoreError for a BigInt, a cycle, a key that BSON has no form for, two keys of one
 * name, or more than 16 MiB
 */
export function plainCopy(
  session: Record<string, unknown>,
  context: CopyContext = { bytes: 0 },
): Record<string, unknown> {
  return copyOfObject(session, 0, context)
}

function copyOf(value: unknown, key: string, depth: number, context: CopyContext): unknown {
  switch (typeof value) {
    case 'string':
      count(context, value.length)
      return value
    case 'number':
    case 'boolean':
      count(context, 1)
      return value
    case 'object':
      return value === null ? null : copyOfNested(value, key, depth, context)
    case 'bigint':
      throw notStorable('it holds a BigInt; store it as a string')
    default:
      return undefined // undefined, a function, a symbol: left out, as in JSON
  }
}

function copyOfNested(value: object, key: string, depth: number, context: CopyContext): unknown {
  if (Array.isArray(value)) return copyOfList(value, depth, context)
  if (!isPlainObject(value)) {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : new Date(value)
    if (value instanceof Uint8Array) return copyOfBytes(value, context)
    if ('_bsontype' in value && !Object.hasOwn(value, '_bsontype')) {
      count(context, sizeOfBson(value))
      return value
    }
    if (value instanceof RegExp) {
      if (value.source.includes('\0'))
        throw notStorable('a regular expression holds a NUL character')
      count(context, value.source.length)
      return value
    }
    if (value instanceof Map) return copyOfObject(objectFrom(value), depth, context)
    if (value instanceof Set) return copyOfList([...value], depth, context)
    if (types.isTypedArray(value)) return copyOfList([...(value as Int32Array)], depth, context)
    if (types.isAnyArrayBuffer(value)) return copyOfBytes(new Uint8Array(value), context)
    if (types.isDataView(value)) {
      const { buffer, byteOffset, byteLength } = value
      return copyOfBytes(new Uint8Array(buffer, byteOffset, byteLength), context)
    }
    if (types.isBoxedPrimitive(value)) return copyOf(unboxed(value), key, depth, context)
    if (!context.storesDocuments && isMongooseDocument(value)) {
      return copyOfDocument(asItIsShown(value, key), key, depth, context)
    }
  }
  const bytes = context.isInDocument && bytesOfJSON(value)
  if (bytes) return copyOfBytes(bytes, context)
  const own = asItStoresItself(value, key)
  if (own !== value) {
    if (depth > MAX_DEPTH) throw tooDeep()
    return copyOf(own, key, depth + 1, context)
  }
  return copyOfObject(value as Record<string, unknown>, depth, context)
}

function copyOfDocument(shown: unknown, key: string, depth: number, context: CopyContext): unknown {
  if (depth > MAX_DEPTH) throw tooDeep()
  const { isInDocument = false } = context
  context.isInDocument = true
  const copy = copyOf(shown, key, depth + 1, context)
  context.isInDocument = isInDocument
  return copy
}

function copyOfBytes(bytes: Uint8Array, context: CopyContext): Buffer {
  count(context, bytes.length)
  return Buffer.from(bytes)
}

/** Without its own `valueOf`, which could give anything. */
export function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value)
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value)
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value)
  return types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : undefined
}

/** What a value of BSON's own takes at least, where that has no fixed size: bytes, code, text. */
function sizeOfBson(value: object): number {
  const { position, code, pattern, value: text } = value as Record<string, unknown>
  if (typeof position === 'number') return position
  return [code, pattern, text].reduce<number>((sum, part) => {
    return typeof part === 'string' ? sum + part.length : sum
  }, 1)
}

function asItStoresItself(value: object, key: string): unknown {
  const { toBSON, toJSON } = value as { toBSON?: unknown; toJSON?: unknown }
  if (typeof toBSON === 'function') return toBSON.call(value)
  if (typeof toJSON === 'function') return toJSON.call(value, key)
  return value
}

function copyOfList(list: readonly unknown[], depth: number, context: CopyContext): unknown[] {
  if (depth > MAX_DEPTH) throw tooDeep()
  count(context, list.length * 3)
  const copy: unknown[] = []
  for (let i = 0; i < list.length; i++) {
    copy.push(copyOf(list[i], String(i), depth + 1, context) ?? null)
  }
  return copy
}

function copyOfObject(
  object: Record<string, unknown>,
  depth: number,
  context: CopyContext,
): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw tooDeep()
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const value = copyOf(object[key], key, depth + 1, context)
    if (value === undefined) continue
    if (key === '_bsontype') throw notStorable('`_bsontype` cannot be the name of a key')
    if (key.includes('\0')) throw notStorable('a key holds a NUL character')
    count(context, key.length + 2)
    put(copy, isWellFormed(key) ? key : nameInUtf8(key, object, copy), value)
  }
  if (looksLikeReference(copy)) {
    throw notStorable('an object with the keys `$ref` and `$id` would come back as a DBRef')
  }
  return copy
}

/** Half a surrogate pair has no form in UTF-8: the key is stored under another name. */
function nameInUtf8(key: string, object: object, copy: object): string {
  const name = Buffer.from(key).toString()
  if (Object.hasOwn(copy, name) || Object.keys(object).includes(name)) throw sameName()
  return name
}

/** What every driver takes for a DBRef when it is read, with none of the other objects' methods. */
function looksLikeReference(object: Record<string, unknown>): boolean {
  const { $ref, $id, $db } = object
  if (typeof $ref !== 'string' || $id === undefined || $id === null) return false
  if ($db !== undefined && typeof $db !== 'string') return false
  return Object.keys(object).every((key) => key[0] !== '$' || /^\$(ref|id|db)$/.test(key))
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
  for (const [key, value] of map) {
    const name = String(key)
    if (Object.hasOwn(object, name)) throw sameName()
    put(object, name, value)
  }
  return object
}

function sameName(): MongoDBStoreError {
  return notStorable('two keys of an object or a Map would be stored under one name')
}

/** Ends the context as soon as it is too much, however often a shared object is met again. */
function count(context: CopyContext, bytes: number): void {
  context.bytes += bytes
  if (context.bytes > MAX_DOCUMENT_BYTES) throw tooLarge()
}

export function tooLarge(cause?: unknown): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_SESSION_SIZE',
    "the session is larger than MongoDB's limit of 16 MiB for a document; keep less in it",
    cause,
  )
}

function tooDeep(): MongoDBStoreError {
  return notStorable('it is circular, or nested deeper than 100 levels')
}

export function notStorable(why: string, cause?: unknown): MongoDBStoreError {
  const message = `the session cannot be stored: ${why}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', message, cause)
}
