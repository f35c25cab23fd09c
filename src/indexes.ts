/** The indexes that sessions need, made in the background; what goes wrong is a warning. */
import { inspect } from 'node:util'
import type { IndexOptions } from 'mongoose'
import { MongoDBStoreError, reasonOf, serverCodeOf } from './errors'
import { isOurs, type SessionModel } from './model'
import type { ResolvedOptions } from './options'

/** @internal */
export interface IndexOutcome {
  /** What to tell the app, with what to do about it. */
  readonly warnings: readonly MongoDBStoreError[]
  /** Whether the server removes expired sessions. */
  readonly serverRemoves: boolean
  /** Whether it is worth trying again once the connection is back. */
  readonly unfinished: boolean
}

interface IndexDescription {
  key: Record<string, unknown>
  expireAfterSeconds?: number
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const UNAUTHORIZED = 13
const OPTIONS_CONFLICT = 85
const KEY_SPECS_CONFLICT = 86
const DUPLICATE_KEY = 11000

export async function createIndexes(
  model: SessionModel,
  options: ResolvedOptions,
): Promise<IndexOutcome> {
  const { idField, expiresKey, autoRemove } = options
  const warnings: MongoDBStoreError[] = []
  let unfinished = false
  let serverRemoves = autoRemove === 'native'
  const attempt = async (key: string | object, settings: object) => {
    const keys = typeof key === 'string' ? { [key]: 1 } : (key as Record<string, 1>)
    try {
      await model.collection.createIndex(keys, settings)
      return true
    } catch (cause) {
      if (serverCodeOf(cause) === undefined) unfinished = true
      warnings.push(indexWarning(model, keys, settings, cause))
      return false
    }
  }
  if (isOurs(model)) {
    for (const [keys, { background: _, ...settings }] of model.schema.indexes()) {
      await attempt(keys, settings)
    }
  }
  // An index that the app's own model declares is the app's to make
  if (idField !== '_id' && !declared(model, idField)) await attempt(idField, { unique: true })
  const own = declared(model, expiresKey)
  if (own) serverRemoves &&= own.expireAfterSeconds !== undefined
  else if (autoRemove !== 'disabled') {
    const ttl = autoRemove === 'native' ? { expireAfterSeconds: options.expiresAfterSeconds } : {}
    const made = await attempt(expiresKey, ttl)
    if (!made) serverRemoves &&= await hasTTLIndex(model, expiresKey)
  }
  return { warnings, serverRemoves, unfinished }
}

/** The settings of the index on `field` in the schema; undefined where it has none. */
function declared(model: SessionModel, field: string): IndexOptions | undefined {
  return model.schema.indexes().find(([keys]) => Object.keys(keys).join() === field)?.[1]
}

/** Whether the server already removes by this field, be it later than we asked for. */
async function hasTTLIndex(model: SessionModel, field: string): Promise<boolean> {
  try {
    const indexes = (await model.collection.indexes()) as IndexDescription[]
    return indexes.some(
      ({ key, expireAfterSeconds }) =>
        Object.keys(key).join() === field && expireAfterSeconds !== undefined,
    )
  } catch {
    return false
  }
}

function indexWarning(
  model: SessionModel,
  keys: object,
  settings: object,
  cause: unknown,
): MongoDBStoreError {
  const field = Object.keys(keys).join(', ')
  const collection = model.collection.collectionName
  const wanted = `createIndex(${inspect(keys)}, ${JSON.stringify(settings)})`
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Error creating index: ${reasonOf(cause)}, on db.${collection}.${wanted}. ` +
      `Sessions work without it. ${advice(serverCodeOf(cause), collection, field, wanted)}`,
    cause,
  )
}

function advice(
  code: number | undefined,
  collection: string,
  field: string,
  wanted: string,
): string {
  switch (code) {
    case OPTIONS_CONFLICT:
    case KEY_SPECS_CONFLICT:
      return (
        `The collection has another index on ${field}: drop it (db.${collection}.dropIndex(…)) and ` +
        'start again, change it by collMod, or set `expiresAfterSeconds` to what it has.'
      )
    case UNAUTHORIZED:
      return `Have someone with the right run db.${collection}.${wanted}, and set \`createIndexes: false\`.`
    case DUPLICATE_KEY:
      return `Several records have the same ${field}: remove the older ones, and start again.`
    case undefined:
      return 'It is tried again at the next start.'
    default:
      return 'The server may not support it; `createIndexes: false` leaves indexes to you.'
  }
}
