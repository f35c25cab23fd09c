/** What to tell the app about an index that is not there, with what to do about it. */
import { inspect } from 'node:util'
import { MongoDBStoreError, reasonOf, serverCodeOf } from './errors'
import type { SessionModel } from './model'

/** An index, as the server lists it. */
export interface IndexDescription {
  readonly key: Readonly<Record<string, unknown>>
  readonly name: string
  readonly expireAfterSeconds?: number
}

/** An index, as it was to be made. */
export interface WantedIndex {
  readonly keys: Readonly<Record<string, unknown>>
  readonly settings: { readonly name?: string; readonly expireAfterSeconds?: number }
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const UNAUTHORIZED = 13
const OPTIONS_CONFLICT = 85
const KEY_SPECS_CONFLICT = 86
const DUPLICATE_KEY = 11000

/** Whether another index is in the way. */
export function isConflict(cause: unknown): boolean {
  const code = serverCodeOf(cause)
  return code === OPTIONS_CONFLICT || code === KEY_SPECS_CONFLICT
}

/** An index that could not be made; `present` are those that there are, as far as that is known. */
export function notMade(
  model: SessionModel,
  wanted: WantedIndex,
  cause: unknown,
  present: readonly IndexDescription[],
): MongoDBStoreError {
  const collection = model.collection.collectionName
  const command = `createIndex(${inspect(wanted.keys)}, ${JSON.stringify(wanted.settings)})`
  const advice = isConflict(cause)
    ? adviceOnConflict(wanted, present, collection)
    : adviceOn(serverCodeOf(cause), wanted, `db.${collection}.${command}`)
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Error creating index: ${reasonOf(cause)}, on db.${collection}.${command}. ` +
      `Sessions work without it. ${advice}`,
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

function adviceOn(code: number | undefined, { keys }: WantedIndex, command: string): string {
  switch (code) {
    case UNAUTHORIZED:
      return `Have someone with the right run ${command}, and set \`createIndexes: false\`.`
    case DUPLICATE_KEY:
      return `Several records have the same ${fieldsOf(keys)}: remove the older ones, and start again.`
    case undefined:
      return 'It is tried again at the next start.'
    default:
      return 'The server may not support it; `createIndexes: false` leaves indexes to you.'
  }
}

function adviceOnConflict(
  { keys, settings }: WantedIndex,
  present: readonly IndexDescription[],
  collection: string,
): string {
  const fields = fieldsOf(keys)
  const name = settings.name ?? Object.entries(keys).flat().join('_')
  const onKeys = present.find(({ key }) => fieldsOf(key) === fields)
  const other = onKeys ?? present.find((index) => index.name === name)
  const drop = `drop it (db.${collection}.dropIndex(${other ? inspect(other.name) : '…'})) and start again`
  if (!onKeys)
    return `The collection has another index ${other ? `named ${name}` : `on ${fields}`}: ${drop}.`
  const wanted = settings.expireAfterSeconds
  const actual = onKeys.expireAfterSeconds
  const on = `index on ${fields}`
  if (wanted === undefined) {
    if (actual === undefined) return `The collection has another ${on}: ${drop}.`
    return `The collection has an ${on} by which MongoDB removes: ${drop}, or leave that to it by \`autoRemove: 'native'\`.`
  }
  if (actual === undefined) {
    return `The collection has an ${on} by which nothing is removed: ${drop}, or leave the removal to the store by \`autoRemove: 'interval'\`.`
  }
  if (actual === wanted) {
    return `The collection has an ${on} that removes as soon, with other settings or another name: ${drop}, or keep it by \`createIndexes: false\`.`
  }
  return `The collection has an ${on} with other seconds: ${drop}, change it by collMod, or set \`expiresAfterSeconds: ${actual}\`.`
}

function fieldsOf(keys: object): string {
  return Object.keys(keys).join(', ')
}
