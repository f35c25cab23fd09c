/** A payload that passes through Mongoose whole, and can be read and changed on its way. */
import { inspect } from 'node:util'
import { isPlainObject } from '../payload/objects'

/** Keys that Mongoose leaves out, or takes for a sign that an object is one of its own. */
const MISREAD: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'isMongooseArray',
  'isMongooseBuffer',
])

const BSON_VERSION = Symbol.for('@@mdb.bson.version')

/** BSON's types that Mongoose copies as what they are; of others it makes a number, or nothing. */
const KEPT: readonly unknown[] = ['ObjectId', 'Decimal128']

/**
 * Stands in for a value of which Mongoose would make something else: it passes by reference, and the
 * driver asks it for the value.
 */
class OpaqueValue {
  // No property of its own: Mongoose looks into those, too
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
  // For what the app prints: Mongoose's `debug`, and the driver's command monitoring
  toJSON(): unknown {
    return this.#value
  }
  [inspect.custom](): unknown {
    return this.#value
  }
}

/** What it is, whole: for what nothing but the driver sees. */
export function opaque(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new OpaqueValue(value) : value
}

/** The major version of BSON that the type is of. */
export function bsonVersionOf(type: object): unknown {
  return (type as Record<symbol, unknown>)[BSON_VERSION]
}

/**
 * A copy of what `plainCopy` gave; what Mongoose would damage is the `value` of an opaque value. So is what
 * another version of BSON has made: the driver refuses it, where Mongoose's copy could be another value.
 */
export function withOpaqueValues(value: unknown, bsonVersion: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => withOpaqueValues(each, bsonVersion))
  if ('_bsontype' in value) {
    const isKept = KEPT.includes(value._bsontype) && bsonVersionOf(value) === bsonVersion
    return isKept ? value : new OpaqueValue(value)
  }
  if (!isPlainObject(value)) return value
  const keys = Object.keys(value)
  if (keys.some((key) => MISREAD.has(key) || key[0] === '$')) return new OpaqueValue(value)
  const copy: Record<string, unknown> = {}
  for (const key of keys) {
    copy[key] = withOpaqueValues(value[key], bsonVersion)
  }
  return copy
}
