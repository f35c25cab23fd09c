/** The terms of the store's own model: stores with the same terms share one model. */
import { isDeepStrictEqual, types } from 'node:util'
import type { Connection } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'
import { isPlainObject } from '../payload/objects'

/** Any model on a connection. */
export type AnyModel = Connection['models'][string]

type Terms = Pick<ResolvedOptions, 'collection' | 'idField' | 'expiresKey' | 'schema'>

/** The same symbol in every copy of the package that an app may have installed. */
const OURS: unique symbol = Symbol.for('express-mongoose-session.model')

/** Whether a store created the model: then the store creates the indexes of its schema, too. */
export function isStoreModel(model: object): boolean {
  return OURS in model
}

export function termsOf({ collection, idField, expiresKey, schema }: ResolvedOptions): Terms {
  const asTheyAreNow = schema && copyOf(schema, identityOf)
  return { collection, idField, expiresKey, schema: asTheyAreNow }
}

/** A copy, since Mongoose writes into the objects of a schema: the app may use them for other stores, too. */
export function definitionsFor({ schema }: ResolvedOptions): object {
  return copyOf(schema ?? {}, (object) => object)
}

export function keepTerms(model: object, terms: Terms): void {
  Object.defineProperty(model, OURS, { value: terms })
}

export function wasMadeOn(model: object, terms: Terms): boolean {
  return isDeepStrictEqual((model as { [OURS]?: unknown })[OURS], terms)
}

/** A symbol for each object that is compared by identity. */
const identities = new WeakMap<object, symbol>()

function identityOf(object: object): symbol {
  const identity = identities.get(object) ?? Symbol('identity')
  identities.set(object, identity)
  return identity
}

/**
 * Plain objects, arrays, dates and regular expressions are compared by what they hold. Functions, classes,
 * schemas and the like are compared by identity, since nobody can see what they do.
 * @param other what the copy has in place of such an object
 */
function copyOf<T>(original: T, other: (object: object) => unknown): T {
  const copies = new Map<object, unknown>()
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (types.isDate(value) || types.isRegExp(value)) return value
    if (copies.has(value)) return copies.get(value)
    if (!Array.isArray(value) && !isPlainObject(value)) return other(value)
    const made: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
    copies.set(value, made)
    for (const key of Object.keys(value)) {
      const part = copy((value as Record<string, unknown>)[key])
      // An assignment to `__proto__` would set the prototype
      const kept = { value: part, enumerable: true, writable: true, configurable: true }
      Object.defineProperty(made, key, kept)
    }
    return made
  }
  return copy(original) as T
}
