/** Copies a session as plain data; values that BSON cannot hold become what JSON makes of them. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import { bufferFromJSON, documentToJSON, isMongooseDocument } from './documents'
import { isPlainObject } from './objects'
import { isWellFormed } from './sid'

/** MongoDB's limits: 16 MiB for a document, and 100 levels of nesting, of which the record takes 2. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 98

/** The state of a copy on its way through a session. */
export interface CopyContext {
  /** How many bytes of BSON the copy takes, at least. */
  bytes: number
  /** Whether the copy is within the `toJSON` of a Mongoose document. */
  isInDocument?: boolean
  /** Whether Mongoose documents are copied by their `toBSON`, as Mongoose stores them. */
  readonly storesDocuments?: boolean
}

/** A session with no more counted bytes is under the limit, however its text is encoded. */
export const SAFE_BYTES = MAX_DOCUMENT_BYTES / 16

/**
 * A deep copy that shares nothing that the app could change before it is sent.
 *
 * Dates, ObjectIds and other BSON types, Buffers and regular expressions keep their types. As in JSON,
 * `undefined`, functions and symbols are left out, and an object's `toJSON` is called; its `toBSON` is
 * preferred, unless the object is a Mongoose document. A Map becomes an object, a Set and a typed array
 * become an array, an ArrayBuffer and a DataView become a Buffer.
 *
 * @param context counts the bytes
 * @throws MongoDBStoreError for a BigInt, a cycle, a key that BSON cannot hold, two keys of one name, or
 * more than 16 MiB
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
      addBytes(context, value.length)
      return value
    case 'number':
    case 'boolean':
      addBytes(context, 1)
      return value
    case 'object':
      return value === null ? null : copyOfNested(value, key, depth, context)
    case 'bigint':
      throw notStorable('it holds a BigInt; store it as a string')
    default:
      return undefined // `undefined`, functions and symbols are left out, as in JSON
  }
}

function copyOfNested(value: object, key: string, depth: number, context: CopyContext): unknown {
  if (Array.isArray(value)) return copyOfList(value, depth, context)
  if (!isPlainObject(value)) {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : new Date(value)
    if (value instanceof Uint8Array) return copyOfBytes(value, context)
    if ('_bsontype' in value && !Object.hasOwn(value, '_bsontype')) {
      addBytes(context, minSizeOfBson(value))
      return value
    }
    if (value instanceof RegExp) {
      if (value.source.includes('\0'))
        throw notStorable('a regular expression holds a NUL character')
      addBytes(context, value.source.length)
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
      return copyOfDocument(documentToJSON(value, key), key, depth, context)
    }
  }
  const bytes = context.isInDocument && bufferFromJSON(value)
  if (bytes) return copyOfBytes(bytes, context)
  const serialized = toBSONOrJSON(value, key)
  if (serialized !== value) {
    if (depth > MAX_DEPTH) throw tooDeep()
    return copyOf(serialized, key, depth + 1, context)
  }
  return copyOfObject(value as Record<string, unknown>, depth, context)
}

function copyOfDocument(json: unknown, key: string, depth: number, context: CopyContext): unknown {
  if (depth > MAX_DEPTH) throw tooDeep()
  const { isInDocument = false } = context
  context.isInDocument = true
  const copy = copyOf(json, key, depth + 1, context)
  context.isInDocument = isInDocument
  return copy
}

function copyOfBytes(bytes: Uint8Array, context: CopyContext): Buffer {
  addBytes(context, bytes.length)
  return Buffer.from(bytes)
}

/** Does not call the object's own `valueOf`, which could return anything. */
export function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value)
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value)
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value)
  return types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : undefined
}

/** How many bytes a value of a BSON type takes at least: those without a fixed size hold bytes, code or text. */
function minSizeOfBson(value: object): number {
  const { position, code, pattern, value: text } = value as Record<string, unknown>
  if (typeof position === 'number') return position
  return [code, pattern, text].reduce<number>((sum, part) => {
    return typeof part === 'string' ? sum + part.length : sum
  }, 1)
}

/** The result of the object's `toBSON`, else of its `toJSON`, else the object itself. */
function toBSONOrJSON(value: object, key: string): unknown {
  const { toBSON, toJSON } = value as { toBSON?: unknown; toJSON?: unknown }
  if (typeof toBSON === 'function') return toBSON.call(value)
  if (typeof toJSON === 'function') return toJSON.call(value, key)
  return value
}

function copyOfList(list: readonly unknown[], depth: number, context: CopyContext): unknown[] {
  if (depth > MAX_DEPTH) throw tooDeep()
  addBytes(context, list.length * 3)
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
    addBytes(context, key.length + 2)
    setOwn(copy, isWellFormed(key) ? key : nameInUtf8(key, object, copy), value)
  }
  if (looksLikeDBRef(copy)) {
    throw notStorable('an object with the keys `$ref` and `$id` would come back as a DBRef')
  }
  return copy
}

/** UTF-8 cannot encode half of a surrogate pair: the key is stored under another name. */
function nameInUtf8(key: string, object: object, copy: object): string {
  const name = Buffer.from(key).toString()
  if (Object.hasOwn(copy, name) || Object.keys(object).includes(name)) throw sameName()
  return name
}

/** Whether drivers would read the object as a DBRef, which is no plain object. */
function looksLikeDBRef(object: Record<string, unknown>): boolean {
  const { $ref, $id, $db } = object
  if (typeof $ref !== 'string' || $id === undefined || $id === null) return false
  if ($db !== undefined && typeof $db !== 'string') return false
  return Object.keys(object).every((key) => key[0] !== '$' || /^\$(ref|id|db)$/.test(key))
}

/** Sets an own property, also for the key `__proto__`, by which `=` would set the prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
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
    setOwn(object, name, value)
  }
  return object
}

function sameName(): MongoDBStoreError {
  return notStorable('two keys of an object or a Map would be stored under one name')
}

/** Ends the copy as soon as it is too large: an object that is shared within the session counts each time. */
function addBytes(context: CopyContext, bytes: number): void {
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
