/** What to tell the app about an index that is not there, with what to do about it. */
import { inspect } from 'node:util'
import { MongoDBStoreError, reasonOf, serverCodeOf } from './errors'
import type { SessionModel } from './model'

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const UNAUTHORIZED = 13
const OPTIONS_CONFLICT = 85
const KEY_SPECS_CONFLICT = 86
const DUPLICATE_KEY = 11000

/** An index that could not be made. */
export function notMade(
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

/** An index that the schema of the app's model declares, and the collection has not. */
export function notThere(model: SessionModel, field: string): MongoDBStoreError {
  const { modelName, collection } = model
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Missing index: the model "${modelName}" declares a TTL index on ${field}, and ` +
      `db.${collection.collectionName} has none: the store removes expired sessions itself. ` +
      'Mongoose does not make it with `autoIndex: false`, and is silent where the server refuses it: ' +
      `run \`await ${modelName}.createIndexes()\`, see to what it says, and start again.`,
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
