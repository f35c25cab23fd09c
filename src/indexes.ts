/** The indexes that sessions need, made in the background; what goes wrong is a warning. */
import type { IndexOptions } from 'mongoose'
import { type MongoDBStoreError, serverCodeOf } from './errors'
import { type IndexDescription, isConflict, notMade, notThere } from './index-warnings'
import { isOurs, type SessionModel } from './model'
import type { ResolvedOptions } from './resolved-options'

/** @internal */
export interface IndexOutcome {
  /** What to tell the app, with what to do about it. */
  readonly warnings: readonly MongoDBStoreError[]
  /** How many seconds after its end the store removes a session; undefined where the server does. */
  readonly removesAfter: number | undefined
  /** Whether it is worth trying again once the connection is back. */
  readonly unfinished: boolean
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const NAMESPACE_NOT_FOUND = 26
const INDEX_NOT_FOUND = 27

export async function createIndexes(
  model: SessionModel,
  options: ResolvedOptions,
): Promise<IndexOutcome> {
  const { idField, expiresKey, autoRemove, expiresAfterSeconds } = options
  const isNative = autoRemove === 'native'
  const warnings: MongoDBStoreError[] = []
  let unfinished = false
  const attempt = async (key: string | object, settings: object) => {
    const keys = typeof key === 'string' ? { [key]: 1 } : (key as Record<string, 1>)
    try {
      await model.collection.createIndex(keys, settings)
      return true
    } catch (cause) {
      if (serverCodeOf(cause) === undefined) unfinished = true
      const present = isConflict(cause) ? await indexesOf(model).catch(() => []) : []
      warnings.push(notMade(model, { keys, settings }, cause, present))
      return false
    }
  }
  const makeForExpiry = async () => {
    const made = await attempt(
      expiresKey,
      isNative ? { expireAfterSeconds: expiresAfterSeconds } : {},
    )
    // Be it one that removes later than we asked for
    return isNative && (made || (await hasTTLIndex(model, expiresKey).catch(() => false)))
  }
  const isThere = async () => {
    try {
      await attemptOfMongoose(model)
      if (await hasTTLIndex(model, expiresKey)) return true
      warnings.push(notThere(model, expiresKey))
      return false
    } catch (cause) {
      if (serverCodeOf(cause) === undefined) unfinished = true
      return true // not for us to see
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
  const after = own?.expireAfterSeconds
  let serverRemoves = false
  if (!own) serverRemoves = autoRemove !== 'disabled' && (await makeForExpiry())
  else if (isNative && after !== undefined) serverRemoves = await isThere()
  const removesAfter = serverRemoves
    ? undefined
    : ((isNative ? after : undefined) ?? expiresAfterSeconds)
  return { warnings, removesAfter, unfinished }
}

/** The settings of the index on `field` in the schema; undefined where it has none. */
function declared(model: SessionModel, field: string): IndexOptions | undefined {
  return model.schema.indexes().find(([keys]) => Object.keys(keys).join() === field)?.[1]
}

/** Mongoose makes what an app's schema declares by itself, unless the app has turned that off. */
async function attemptOfMongoose(model: SessionModel): Promise<void> {
  // What it has begun, if anything: `init()` would begin it. How it ended is the app's to hear
  const { $init } = model as { $init?: Promise<unknown> }
  await $init?.then(
    () => {},
    () => {},
  )
}

/** Whether the server removes by this field. Rejects where it does not say. */
async function hasTTLIndex(model: SessionModel, field: string): Promise<boolean> {
  return (await indexesOf(model)).some(
    ({ key, expireAfterSeconds }) =>
      Object.keys(key).join() === field && expireAfterSeconds !== undefined,
  )
}

async function indexesOf(model: SessionModel): Promise<IndexDescription[]> {
  try {
    // A secondary may not have heard of the newest
    const indexes = await model.collection.indexes({ readPreference: 'primary' } as never)
    return indexes as unknown as IndexDescription[]
  } catch (cause) {
    const code = serverCodeOf(cause)
    // There is no collection before its first record
    if (code === NAMESPACE_NOT_FOUND || code === INDEX_NOT_FOUND) return []
    throw cause
  }
}
