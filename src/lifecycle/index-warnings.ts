/** The warnings about an index that is missing, each with what to do about it. */
import { inspect } from 'node:util'
import { describeCause, MongoDBStoreError, serverCodeOf } from '../errors'
import { fieldsOf, type Index } from '../records/declared-indexes'
import type { SessionModel } from '../records/model'

/** An index as the server lists it. */
export interface IndexDescription {
  readonly key: Readonly<Record<string, unknown>>
  readonly name: string
  readonly expireAfterSeconds?: number
}

/** An index as the store asked for it. */
interface WantedIndex extends Index {
  /** Whether the server is to remove expired sessions by it. */
  readonly isForExpiry: boolean
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const UNAUTHORIZED = 13
const OPTIONS_CONFLICT = 85
const KEY_SPECS_CONFLICT = 86
const DUPLICATE_KEY = 11000
/** The codes for an unknown command or option: BadValue, FailedToParse, CommandNotFound, … */
const UNSUPPORTED = [2, 9, 59, 67, 72, 115, 197, 238, 303]

/** Whether the collection has another index with the same keys or the same name. */
export function isConflict(cause: unknown): boolean {
  const code = serverCodeOf(cause)
  return code === OPTIONS_CONFLICT || code === KEY_SPECS_CONFLICT
}

/** Whether the server does not support such an index. */
export function isUnsupported(cause: unknown): boolean {
  return UNSUPPORTED.includes(serverCodeOf(cause) ?? 0)
}

/**
 * The server did not create the index.
 * @param present the collection's indexes, as far as they are known
 */
export function notCreated(
  model: SessionModel,
  wanted: WantedIndex,
  cause: unknown,
  present: readonly IndexDescription[],
): MongoDBStoreError {
  const collection = model.collection.collectionName
  const command = commandOf(model, wanted)
  const advice = isConflict(cause)
    ? adviceOnConflict(wanted, present, collection)
    : adviceOn(serverCodeOf(cause), wanted, command)
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Error creating index: ${describeCause(cause)}, on ${command}. ` +
      `Sessions work without it. ${advice}`,
    cause,
  )
}

/** The schema of the app's model declares the TTL index, and the collection does not have it. */
export function declaredButMissing(model: SessionModel, field: string): MongoDBStoreError {
  const { modelName, collection } = model
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Missing index: the model "${modelName}" declares a TTL index on ${field}, and ` +
      `db.${collection.collectionName} has none: the store removes expired sessions itself. ` +
      'Mongoose does not make it with `autoIndex: false`, and is silent where the server refuses it: ' +
      `run \`await ${modelName}.createIndexes()\`, see to what it says, and start again.`,
  )
}

/** Nobody has created the TTL index, and `createIndexes: false` keeps the store from it. */
export function missing(model: SessionModel, wanted: Index): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Missing index: db.${model.collection.collectionName} has no TTL index on ${fieldsOf(wanted)}, and ` +
      '`createIndexes: false` has the store make none: it removes expired sessions itself. ' +
      `Have ${commandOf(model, wanted)} run, and start again; or set \`autoRemove: 'interval'\`, ` +
      'by which the store goes on to do so.',
  )
}

/** The server did not list the indexes, so that nobody knows whether there is a TTL index. */
export function notListed(model: SessionModel, field: string, cause: unknown): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `Error reading indexes: ${describeCause(cause)}, on db.${model.collection.collectionName}.getIndexes(). ` +
      `The store takes it that there is a TTL index on ${field}, and removes no expired sessions ` +
      'itself: see to it that there is one (the right `listIndexes` lets the store look), or set ' +
      "`autoRemove: 'interval'`, by which the store removes.",
    cause,
  )
}

function commandOf({ collection }: SessionModel, { keys, settings }: Index): string {
  return `db.${collection.collectionName}.createIndex(${inspect(keys)}, ${JSON.stringify(settings)})`
}

function adviceOn(code: number | undefined, wanted: WantedIndex, command: string): string {
  const isTTL = wanted.isForExpiry && wanted.settings.expireAfterSeconds !== undefined
  switch (code) {
    case UNAUTHORIZED:
      return `Have someone with the right run ${command}, and set \`createIndexes: false\`.`
    case DUPLICATE_KEY:
      return `Several records have the same ${fieldsOf(wanted)}: remove the older ones, and start again.`
    case undefined:
      return 'It is tried again at the next start.'
    default:
      if (!isTTL)
        return 'The server may not support it; `createIndexes: false` leaves indexes to you.'
      return (
        'The server may not support it, and the store removes expired sessions itself: ' +
        "set `autoRemove: 'interval'`, by which it does so without asking for a TTL index."
      )
  }
}

function adviceOnConflict(
  { keys, settings, isForExpiry }: WantedIndex,
  present: readonly IndexDescription[],
  collection: string,
): string {
  const fields = fieldsOf({ keys })
  const name = settings.name ?? Object.entries(keys).flat().join('_')
  const onKeys = present.find(({ key }) => fieldsOf({ keys: key }) === fields)
  const other = onKeys ?? present.find((index) => index.name === name)
  const drop = `drop it (db.${collection}.dropIndex(${other ? inspect(other.name) : '…'})) and start again`
  if (!onKeys)
    return `The collection has another index ${other ? `named ${name}` : `on ${fields}`}: ${drop}.`
  const wanted = settings.expireAfterSeconds
  const actual = onKeys.expireAfterSeconds
  const on = `index on ${fields}`
  if (!isForExpiry || (wanted === undefined && actual === undefined)) {
    return `The collection has another ${on}: ${drop}.`
  }
  if (wanted === undefined) {
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
