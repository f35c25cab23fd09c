/** Mongoose's `sanitizeFilter`, which turns operators into values: the store's filters are trusted, the app's checked. */

import type { MongoDBStoreError } from '../errors'
import { isPlainObject } from '../payload/objects'
import { COMBINING, isOperator, refused } from './checked-filter'
import type { SessionModel } from './model'
import type { Fields } from './queries'
import type { SchemaTraits } from './schema'

/** Whether the app has set `sanitizeFilter`: for the connection, for all of Mongoose, or for a query. */
export function sanitizes(model: SessionModel, ofQuery?: unknown): boolean | undefined {
  const isSet = model.db.get('sanitizeFilter') ?? model.base.get('sanitizeFilter') ?? ofQuery
  return isSet === undefined || isSet === null ? undefined : Boolean(isSet)
}

/** Keeps Mongoose from turning the filter's operators into values. */
export function trust(filter: Fields, model: SessionModel): Fields {
  for (const [key, value] of Object.entries(filter)) {
    if (COMBINING.includes(key)) for (const each of value as Fields[]) trust(each, model)
    else if (holdsOperators(value)) model.base.trusted(value)
  }
  return filter
}

/** Marks the store's own operators as trusted, if the app has set `sanitizeFilter`, or its middleware may. */
export function trustedFor(model: SessionModel, traits: SchemaTraits): (filter: Fields) => Fields {
  const { canBatch, hasFindMiddleware, hasBulkWriteMiddleware } = traits
  const mayBeSet = !canBatch || hasFindMiddleware || hasBulkWriteMiddleware
  return (filter) => (mayBeSet || sanitizes(model) !== undefined ? trust(filter, model) : filter)
}

/**
 * The error for the first condition that `sanitizeFilter` would change; undefined if there is none. The
 * rules are Mongoose's: `$eq` alone is allowed, and so is a `trusted` condition of a field, or a
 * `trusted` list of `$or` and the like.
 */
export function faultOfUntrusted(
  filter: Fields,
  model: SessionModel,
): MongoDBStoreError | undefined {
  const [trusted] = Object.getOwnPropertySymbols(model.base.trusted({})) as [symbol]
  return faultIn(filter)

  function faultIn(part: Fields): MongoDBStoreError | undefined {
    for (const [key, value] of Object.entries(part)) {
      if (typeof value !== 'object' || value === null || trusted in value) continue
      const fault = COMBINING.includes(key)
        ? (value as Fields[]).map(faultIn).find(Boolean)
        : faultOf(key, value)
      if (fault) return fault
    }
    return undefined
  }

  function faultOf(path: string, condition: object): MongoDBStoreError | undefined {
    if (Array.isArray(condition)) {
      if (holdsLists(model, path)) return undefined
      return untrusted(path, 'a list', '{ $in: […] }', '; or `{ $eq: […] }` for the list itself')
    }
    if (!holdsOperators(condition)) return undefined
    const operators = Object.keys(condition).filter(isOperator)
    if (operators.join() === '$eq' && Object.keys(condition).length === 1) return undefined
    return untrusted(path, 'operators', `{ ${nameOf(operators)}: … }`)
  }
}

function untrusted(path: string, what: string, say: string, or = ''): MongoDBStoreError {
  return refused(
    `\`${path}\` is given ${what}, which \`sanitizeFilter\` makes a value of: ` +
      `where the app means it, it says \`mongoose.trusted(${say})\`${or}`,
  )
}

/** The first operator other than `$eq`. A name that a stranger may have made up is not shown. */
function nameOf(operators: readonly string[]): string {
  const name = operators.find((operator) => operator !== '$eq') as string
  return /^\$[a-zA-Z]{2,20}$/.test(name) ? name : '$…'
}

function holdsOperators(value: unknown): value is Fields {
  return isPlainObject(value) && Object.keys(value).some(isOperator)
}

/** For any other field, Mongoose turns a list into `{ $in: list }`, unless it sanitizes. */
function holdsLists(model: SessionModel, path: string): boolean {
  const instance = (model.schema.path(path) as { instance?: string } | undefined)?.instance
  return instance === undefined || instance === 'Array' || instance === 'Buffer'
}
