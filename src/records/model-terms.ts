/** On which terms the store's own model was made: stores that want the same share one. */
import { isDeepStrictEqual, types } from 'node:util'
import type { Connection } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'
import { isPlainObject } from '../payload/objects'

/** Any model on a connection. */
export type AnyModel = Connection['models'][string]

type Terms = Pick<ResolvedOptions, 'collection' | 'idField' | 'expiresKey' | 'schema'>

/** The same in every copy of the package that an app may have installed. */
const OURS: unique symbol = Symbol.for('express-mongoose-session.model')

/** Whether the store made it, and has to see to the indexes that its schema declares. */
export function isStoreModel(model: object): boolean {
  return OURS in model
}

export function termsOf({ collection, idField, expiresKey, schema }: ResolvedOptions): Terms {
  const asTheyAreNow = schema && copyOf(schema, identityOf)
  return { collection, idField, expiresKey, schema: asTheyAreNow }
}

/** For Mongoose, which writes into the objects that it is given: to the app they may stand for other stores' too. */
export function definitionsFor({ schema }: ResolvedOptions): object {
  return copyOf(schema ?? {}, (object) => object)
}

export function keepTerms(model: object, terms: Terms): void {
  Object.defineProperty(model, OURS, { value: terms })
}

export function wasMadeOn(model: object, terms: Terms): boolean {
  return isDeepStrictEqual((model as { [OURS]?: unknown })[OURS], terms)
}

/** What stands for an object that is itself alone, whatever it looks like. */
const identities = new WeakMap<object, symbol>()

function identityOf(object: object): symbol {
  const identity = identities.get(object) ?? Symbol('identity')
  identities.set(object, identity)
  return identity
}

/**
 * Plain objects, lists, dates and expressions are what they hold. Functions, classes, schemas and the
 * like are themselves, since nobody can see what they do; `other` says what stands for such an object.
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
      // Assigned, `__proto__` would be the prototype
      const kept = { value: part, enumerable: true, writable: true, configurable: true }
      Object.defineProperty(made, key, kept)
    }
    return made
  }
  return copy(original) as T
}
