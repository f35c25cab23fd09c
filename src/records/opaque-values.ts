/** A payload that passes through Mongoose whole, and can be read and changed on its way. */

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
export class StandIn {
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
}

/** The major version of BSON that the type is of. */
export function bsonVersionOf(type: object): unknown {
  return (type as Record<symbol, unknown>)[BSON_VERSION]
}

/**
 * A copy of what `plainCopy` gave; what Mongoose would damage is the `value` of a stand-in. So is what
 * another version of BSON has made: the driver refuses it, where Mongoose's copy could be another value.
 */
export function withStandIns(value: unknown, bsonVersion: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => withStandIns(each, bsonVersion))
  if ('_bsontype' in value) {
    const isKept = KEPT.includes(value._bsontype) && bsonVersionOf(value) === bsonVersion
    return isKept ? value : new StandIn(value)
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const keys = Object.keys(value)
  if (keys.some((key) => MISREAD.has(key) || key[0] === '$')) return new StandIn(value)
  const copy: Record<string, unknown> = {}
  for (const key of keys) {
    copy[key] = withStandIns((value as Record<string, unknown>)[key], bsonVersion)
  }
  return copy
}
