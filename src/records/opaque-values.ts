/** A payload that passes through Mongoose whole, and can be read and changed on its way. */

/** Keys that Mongoose leaves out, or takes for a sign that an object is one of its own. */
const MISREAD: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'isMongooseArray',
  'isMongooseBuffer',
])

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
}

/** A copy of what `plainCopy` gave; what Mongoose would damage is the `value` of a stand-in. */
export function withOpaqueValues(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withOpaqueValues)
  if ('_bsontype' in value) return KEPT.includes(value._bsontype) ? value : new OpaqueValue(value)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const keys = Object.keys(value)
  if (keys.some((key) => MISREAD.has(key) || key[0] === '$')) return new OpaqueValue(value)
  const copy: Record<string, unknown> = {}
  for (const key of keys) copy[key] = withOpaqueValues((value as Record<string, unknown>)[key])
  return copy
}
