/** Creates the indexes that sessions need, in the background; a failure is a warning. */

import { MANY_RECORDS_FACTOR, withTimeout } from '../connection/time-limit'
import { type MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { initPromise } from '../mongoose-internals'
import type { ResolvedOptions } from '../options/resolved-options'
import {
  declaredByApp,
  expiryIndex,
  fieldsOf,
  type Index,
  neededIndexes,
  redeclare,
} from '../records/declared-indexes'
import type { SessionModel } from '../records/model'
import { isStoreModel } from '../records/model-terms'
import * as indexWarnings from './index-warnings'

/** @internal */
export interface IndexOutcome {
  /** For the app, each with what to do about it. */
  readonly warnings: readonly MongoDBStoreError[]
  /** How many seconds after its end the store removes a session; undefined if the server removes it. */
  readonly sweepsAfterSeconds: number | undefined
  /** Whether the connection was lost: then a new try is worth it once the connection is back. */
  readonly isUnfinished: boolean
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const NAMESPACE_NOT_FOUND = 26
const INDEX_NOT_FOUND = 27

/**
 * Creates the indexes that the store is responsible for, and finds out who removes expired sessions.
 * @param timeLimit how long an answer may take, in milliseconds; an index may take `MANY_RECORDS_FACTOR` times as long
 * @param isOpen whether the connection still takes commands
 */
export async function createIndexes(
  model: SessionModel,
  options: ResolvedOptions,
  timeLimit: () => number,
  isOpen: () => boolean,
): Promise<IndexOutcome> {
  const creation = new IndexCreation(model, options, timeLimit, isOpen)
  const sweepsAfterSeconds = await creation.run()
  const { warnings, isUnfinished } = creation
  return { sweepsAfterSeconds, warnings, isUnfinished }
}

class IndexCreation {
  readonly warnings: MongoDBStoreError[] = []
  isUnfinished = false
  readonly #model: SessionModel
  readonly #options: ResolvedOptions
  readonly #timeLimit: () => number
  readonly #isOpen: () => boolean

  constructor(
    model: SessionModel,
    options: ResolvedOptions,
    timeLimit: () => number,
    isOpen: () => boolean,
  ) {
    this.#model = model
    this.#options = options
    this.#timeLimit = timeLimit
    this.#isOpen = isOpen
  }

  /** @returns as `IndexOutcome.sweepsAfterSeconds` */
  async run(): Promise<number | undefined> {
    const { autoRemove, expiresAfterSeconds, createIndexes } = this.#options
    const byApp = declaredByApp(this.#model)
    const needed = neededIndexes(this.#model, this.#options)
    const created = new Set<Index>()
    // Mongoose creates those that the app's own model declares
    const own = isStoreModel(this.#model) ? byApp : []
    for (const index of createIndexes ? [...own, ...needed] : []) {
      if (await this.#tryToCreate(index, needed.includes(index))) created.add(index)
    }
    if (autoRemove !== 'native') return expiresAfterSeconds
    const declared = byApp.find(this.#isForExpiry)
    if (declared) {
      const { expireAfterSeconds } = declared.settings
      if (expireAfterSeconds === undefined) return expiresAfterSeconds
      return (await this.#expectTTLIndex(declared)) ? undefined : expireAfterSeconds
    }
    // An index with other seconds than the store asked for counts as well
    const isRemovedByServer = createIndexes
      ? [...created].some(this.#isForExpiry) || (await this.#hasTTLIndex().catch(() => false))
      : await this.#expectTTLIndex(undefined)
    return isRemovedByServer ? undefined : expiresAfterSeconds
  }

  readonly #isForExpiry = (index: Index): boolean => fieldsOf(index) === this.#options.expiresKey

  async #tryToCreate(index: Index, isNeeded: boolean): Promise<boolean> {
    try {
      await this.#create(index)
      return true
    } catch (cause) {
      this.#noteFailure(cause)
      const present = indexWarnings.isConflict(cause) ? await this.#list().catch(() => []) : []
      const wanted = { ...index, isForExpiry: this.#isForExpiry(index) }
      this.warnings.push(indexWarnings.notCreated(this.#model, wanted, cause, present))
      if (isNeeded && indexWarnings.isUnsupported(cause)) await this.#createWithoutTTL(index)
      return false
    }
  }

  async #create({ keys, settings }: Index): Promise<void> {
    const { collection } = this.#model
    const create = () => collection.createIndex(keys as Record<string, 1>, settings as object)
    await this.#send(create, MANY_RECORDS_FACTOR)
  }

  /** The store's own removal needs an index on the expiry as well. */
  async #createWithoutTTL({ keys, settings }: Index): Promise<void> {
    const { expireAfterSeconds, ...plain } = settings
    if (expireAfterSeconds === undefined) return
    const index = { keys, settings: plain }
    // A second refusal says nothing new: the app has a warning about the first
    const isCreated = await this.#create(index).then(
      () => true,
      () => false,
    )
    if (isCreated) redeclare(this.#model, index)
  }

  /**
   * Whether there is a TTL index that somebody else creates; warns if there is none.
   * @param declared the index if the app's model declares it; Mongoose creates it then
   */
  async #expectTTLIndex(declared: Index | undefined): Promise<boolean> {
    try {
      await waitForInit(this.#model)
      if (await this.#hasTTLIndex()) return true
      this.warnings.push(
        declared
          ? indexWarnings.declaredButMissing(this.#model, fieldsOf(declared))
          : indexWarnings.missing(this.#model, expiryIndex(this.#options)),
      )
      return false
    } catch (cause) {
      this.#noteFailure(cause)
      this.warnings.push(indexWarnings.notListed(this.#model, this.#options.expiresKey, cause))
      return true
    }
  }

  /** Whether the server removes by the expiry. Rejects if the server does not list its indexes. */
  async #hasTTLIndex(): Promise<boolean> {
    return (await this.#list()).some(
      (index) =>
        fieldsOf({ keys: index.key }) === this.#options.expiresKey &&
        index.expireAfterSeconds !== undefined,
    )
  }

  async #list(): Promise<indexWarnings.IndexDescription[]> {
    try {
      // A secondary may not have the newest index yet
      const list = () => this.#model.collection.indexes({ readPreference: 'primary' } as never)
      return (await this.#send(list)) as unknown as indexWarnings.IndexDescription[]
    } catch (cause) {
      const code = serverCodeOf(cause)
      // The collection does not exist before its first record
      if (code === NAMESPACE_NOT_FOUND || code === INDEX_NOT_FOUND) return []
      throw cause
    }
  }

  /**
   * Checks the connection first: on one that was closed meanwhile, mongodb 6 looks for a server until its
   * time is up, and keeps the process alive for that long.
   */
  async #send<T>(command: () => Promise<T>, patience = 1): Promise<T> {
    if (!this.#isOpen()) throw new Error('the connection is closed')
    return withTimeout(patience * this.#timeLimit(), command())
  }

  #noteFailure(cause: unknown): void {
    if (serverCodeOf(cause) === undefined && !(cause instanceof NoAnswerError)) {
      this.isUnfinished = true
    }
  }
}

/** Waits while Mongoose creates the indexes of the app's schema, unless the app has turned that off. */
async function waitForInit(model: SessionModel): Promise<void> {
  // Mongoose tells the app if it fails
  await initPromise(model)?.then(
    () => {},
    () => {},
  )
}
