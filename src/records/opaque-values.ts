/** Wraps values that Mongoose must not change; middleware can still read and replace them. */
import { inspect } from 'node:util'
import { isPlainObject } from '../payload/objects'

/** Keys that Mongoose leaves out, or by which it takes an object for one of its own. */
const MISREAD: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'isMongooseArray',
  'isMongooseBuffer',
])

const BSON_VERSION = Symbol.for('@@mdb.bson.version')

/** The BSON types that Mongoose copies correctly; others it turns into a number, or drops. */
const KEPT: readonly unknown[] = ['ObjectId', 'Decimal128']

/**
 * Stands in for a value that Mongoose would change: Mongoose passes it by reference, and the driver gets
 * the value by `toBSON`.
 */
class OpaqueValue {
  // A private field: Mongoose would look into a property
  #value: unknown
  constructor(value: unknown) {
    this.#value = value
  }
  get value(): unknown {
    return this.#value
  }
  set value(value: unknown) {
    this.#value = value
  }
  toBSON(): unknown {
    return this.#value
  }
  // For logs: of Mongoose's `debug`, and of the driver's command monitoring
  toJSON(key: string): unknown {
    const { toJSON } = (this.#value ?? {}) as { toJSON?: unknown }
    return typeof toJSON === 'function' ? toJSON.call(this.#value, key) : this.#value
  }
  [inspect.custom](): unknown {
    return this.#value
  }
}

/** Wraps an object as a whole: for a value that only the driver sees. */
export function opaque(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new OpaqueValue(value) : value
}

/** The major version of BSON that has made the value, or that the prototype belongs to. */
export function bsonVersionOf(type: object): unknown {
  return (type as Record<symbol, unknown>)[BSON_VERSION]
}

/** Whether Mongoose would leave out a key of the object, or take the object for one of its own. */
export function hasMisreadKey(value: object): boolean {
  return Object.keys(value).some((key) => MISREAD.has(key) || key[0] === '$')
}

/**
 * A copy of a result of `plainCopy`, with opaque values in place of those that Mongoose would change. A
 * value of another version of BSON becomes opaque, too: the driver refuses it, while Mongoose's copy
 * could be another value.
 */
export function withOpaqueValues(value: unknown, bsonVersion: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => withOpaqueValues(each, bsonVersion))
  if ('_bsontype' in value) {
    const isKept = KEPT.includes(value._bsontype) && bsonVersionOf(value) === bsonVersion
    return isKept ? value : new OpaqueValue(value)
  }
  if (!isPlainObject(value)) return value
  if (hasMisreadKey(value)) return new OpaqueValue(value)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    copy[key] = withOpaqueValues(value[key], bsonVersion)
  }
  return copy
}
