/** Creates the indexes that sessions need; a failure is a warning. */
import { inspect } from 'node:util'
import { MANY_RECORDS_FACTOR } from '../connection/time-limit'
import { describeCause, MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { initPromise } from '../mongoose-internals'
import type { ResolvedOptions } from '../options/resolved-options'
import {
  type AnyModel,
  declare,
  declaredIndexes,
  fieldsOf,
  type Index,
  undeclaredIndexes,
} from '../records/declared-indexes'
import { isStoreModel } from '../records/model'

/** @internal */
export interface IndexOutcome {
  readonly warnings: readonly MongoDBStoreError[]
  /** How many seconds after its expiry the store removes a session; undefined if it does not. */
  readonly sweepsAfterSeconds: number | undefined
  /** Whether the connection was lost, so that it is worth trying again once it is back. */
  readonly isUnfinished: boolean
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
/** Before its first record, the collection does not exist: NamespaceNotFound, IndexNotFound. */
const NO_COLLECTION = [26, 27]
/** An unknown command or option: BadValue, FailedToParse, CommandNotFound, … */
const UNSUPPORTED = [2, 9, 59, 67, 72, 115, 197, 238, 303]

interface Failure {
  readonly what: string
  readonly index: Index
  readonly cause?: unknown
}

/** Sends a command, and limits the time for its answer to `patience` times the usual. */
type Send = <T>(command: () => Promise<T>, patience?: number) => Promise<T>

/** Creates the store's indexes, and determines who removes expired sessions. */
export async function createIndexes(
  model: AnyModel,
  options: ResolvedOptions,
  send: Send,
): Promise<IndexOutcome> {
  const { autoRemove, expiresAfterSeconds, expiresKey } = options
  const declared = declaredIndexes(model)
  const undeclared = undeclaredIndexes(model, options)
  // Mongoose creates those of the app's own model
  const own = isStoreModel(model) ? declared : []
  const wanted = options.createIndexes ? [...own, ...undeclared] : []
  const forExpiry = [...declared, ...undeclared].find((index) => fieldsOf(index) === expiresKey)
  const failures: Failure[] = []
  for (const index of wanted) {
    try {
      await create(model, index, send)
    } catch (cause) {
      failures.push({ what: 'Error creating index', index, cause })
      const isUnsupported = UNSUPPORTED.includes(serverCodeOf(cause) ?? 0)
      if (index === forExpiry && isUnsupported) await createWithoutTTL(model, index, send)
    }
  }
  const seconds = autoRemove === 'native' ? forExpiry?.settings.expireAfterSeconds : undefined
  let isByServer = seconds !== undefined
  const isOurs = forExpiry !== undefined && wanted.includes(forExpiry)
  if (forExpiry && isByServer && (!isOurs || failures.some(({ index }) => index === forExpiry))) {
    try {
      isByServer = await hasTTLIndex(model, expiresKey, send)
      if (!isByServer && !isOurs) failures.push({ what: 'Missing index', index: forExpiry })
    } catch (cause) {
      isByServer = !isOurs
      if (!isOurs) failures.push({ what: 'Error reading indexes', index: forExpiry, cause })
    }
  }
  const isByStore = !isByServer && autoRemove !== 'disabled'
  const who = isByServer ? 'server' : isByStore ? 'store' : undefined
  return {
    warnings: failures.map((failure) => warningOf(failure, model, who)),
    sweepsAfterSeconds: isByStore ? (seconds ?? expiresAfterSeconds) : undefined,
    isUnfinished: failures.some(isLostConnection),
  }
}

async function create({ collection }: AnyModel, { keys, settings }: Index, send: Send) {
  const command = () => collection.createIndex(keys as Record<string, 1>, settings as object)
  await send(command, MANY_RECORDS_FACTOR)
}

/** The store's own removal needs an index, too. A second refusal says nothing new. */
async function createWithoutTTL(model: AnyModel, index: Index, send: Send): Promise<void> {
  const { expireAfterSeconds, ...settings } = index.settings
  if (expireAfterSeconds === undefined) return
  const plain = { ...index, settings }
  const declarePlain = () => isStoreModel(model) && declare(model, plain)
  await create(model, plain, send).then(declarePlain, () => {})
}

/** Whether the server removes expired sessions. Rejects if it does not list its indexes. */
async function hasTTLIndex(model: AnyModel, expiresKey: string, send: Send): Promise<boolean> {
  // Mongoose is creating the indexes of the app's schema, and reports failures to the app
  await initPromise(model)?.catch(() => {})
  // A secondary may not have the newest index yet
  const list = () => model.collection.indexes({ readPreference: 'primary' } as never)
  const indexes = await send(list).catch((cause: unknown) => {
    if (NO_COLLECTION.includes(serverCodeOf(cause) ?? 0)) return []
    throw cause
  })
  return indexes.some(
    ({ key, expireAfterSeconds, partialFilterExpression }) =>
      fieldsOf({ keys: key }) === expiresKey &&
      expireAfterSeconds !== undefined &&
      partialFilterExpression === undefined,
  )
}

function isLostConnection({ cause }: Failure): boolean {
  const isAnswered = serverCodeOf(cause) !== undefined || cause instanceof NoAnswerError
  return cause !== undefined && !isAnswered
}

function warningOf({ what, index, cause }: Failure, model: AnyModel, who?: string) {
  const why = cause === undefined ? '' : `: ${describeCause(cause)}`
  const where = `on ${inspect(index.keys)} of ${model.collection.collectionName}`
  const removal = who === undefined ? '' : ` The ${who} removes expired sessions.`
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_INDEX',
    `${what}${why}, ${where}. Sessions work without it.${removal} What to do: "Missing indexes" in docs/scaling.md`,
    cause,
  )
}
