/** The indexes that sessions need, made in the background; what goes wrong is a warning. */

import { MANY, withTimeout } from '../connection/time-limit'
import { type MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { begunInit } from '../mongoose-internals'
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
import * as tell from './index-warnings'

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

/**
 * Makes the indexes that are the store's to make, and finds out who removes expired sessions.
 * @param timeLimit how long an answer may take, in milliseconds; an index, `MANY` times as long
 * @param isOpen whether the connection still takes commands
 */
export async function createIndexes(
  model: SessionModel,
  options: ResolvedOptions,
  timeLimit: () => number,
  isOpen: () => boolean,
): Promise<IndexOutcome> {
  const indexes = new Indexes(model, options, timeLimit, isOpen)
  const removesAfter = await indexes.create()
  return { removesAfter, warnings: indexes.warnings, unfinished: indexes.unfinished }
}

class Indexes {
  readonly warnings: MongoDBStoreError[] = []
  unfinished = false
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

  /** @returns as `IndexOutcome.removesAfter` */
  async create(): Promise<number | undefined> {
    const { autoRemove, expiresAfterSeconds, createIndexes: toMake } = this.#options
    const byApp = declaredByApp(this.#model)
    const needed = neededIndexes(this.#model, this.#options)
    const made = new Set<Index>()
    // What the app's own model declares is the app's to make
    for (const index of toMake ? [...(isStoreModel(this.#model) ? byApp : []), ...needed] : []) {
      if (await this.#attempt(index, needed.includes(index))) made.add(index)
    }
    if (autoRemove !== 'native') return expiresAfterSeconds
    const own = byApp.find(this.#isForExpiry)
    if (own) {
      const { expireAfterSeconds } = own.settings
      if (expireAfterSeconds === undefined) return expiresAfterSeconds
      return (await this.#isThere(own)) ? undefined : expireAfterSeconds
    }
    const removes = toMake
      ? [...made].some(this.#isForExpiry) || (await this.#hasTTLIndex().catch(() => false))
      : await this.#isThere(undefined)
    // Be it by an index that removes later than we asked for
    return removes ? undefined : expiresAfterSeconds
  }

  readonly #isForExpiry = (index: Index): boolean => fieldsOf(index) === this.#options.expiresKey

  async #attempt(index: Index, isNeeded: boolean): Promise<boolean> {
    try {
      await this.#make(index)
      return true
    } catch (cause) {
      this.#note(cause)
      const present = tell.isConflict(cause) ? await this.#present().catch(() => []) : []
      const isForExpiry = this.#isForExpiry(index)
      this.warnings.push(tell.notMade(this.#model, { ...index, isForExpiry }, cause, present))
      if (isNeeded && tell.isUnsupported(cause)) await this.#makeInstead(index)
      return false
    }
  }

  async #make({ keys, settings }: Index): Promise<void> {
    const { collection } = this.#model
    const made = () => collection.createIndex(keys as Record<string, 1>, settings as object)
    await this.#send(made, MANY)
  }

  /** The store's own removal goes by the expiry, too. */
  async #makeInstead({ keys, settings }: Index): Promise<void> {
    const { expireAfterSeconds, ...plain } = settings
    if (expireAfterSeconds === undefined) return
    const index = { keys, settings: plain }
    // Nothing new is to be told where it is refused as well
    const isMade = await this.#make(index).then(
      () => true,
      () => false,
    )
    if (isMade) redeclare(this.#model, index)
  }

  /** Whether there is a TTL index that others make: by the model that declares it, or by what they will. */
  async #isThere(declared: Index | undefined): Promise<boolean> {
    try {
      await attemptOfMongoose(this.#model)
      if (await this.#hasTTLIndex()) return true
      this.warnings.push(
        declared
          ? tell.notThere(this.#model, fieldsOf(declared))
          : tell.notThereNorMade(this.#model, expiryIndex(this.#options)),
      )
      return false
    } catch (cause) {
      this.#note(cause)
      this.warnings.push(tell.notSeen(this.#model, this.#options.expiresKey, cause))
      return true
    }
  }

  /** Whether the server removes by the expiry. Rejects where it does not say. */
  async #hasTTLIndex(): Promise<boolean> {
    return (await this.#present()).some(
      (index) =>
        fieldsOf({ keys: index.key }) === this.#options.expiresKey &&
        index.expireAfterSeconds !== undefined,
    )
  }

  async #present(): Promise<tell.IndexDescription[]> {
    try {
      // A secondary may not have heard of the newest
      const asked = () => this.#model.collection.indexes({ readPreference: 'primary' } as never)
      return (await this.#send(asked)) as unknown as tell.IndexDescription[]
    } catch (cause) {
      const code = serverCodeOf(cause)
      // There is no collection before its first record
      if (code === NAMESPACE_NOT_FOUND || code === INDEX_NOT_FOUND) return []
      throw cause
    }
  }

  /**
   * On a connection that was closed meanwhile, a driver (mongodb 6) looks for a server until its time is
   * up, and keeps the process alive for as long.
   */
  async #send<T>(command: () => Promise<T>, patience = 1): Promise<T> {
    if (!this.#isOpen()) throw new Error('the connection is closed')
    return withTimeout(patience * this.#timeLimit(), command())
  }

  #note(cause: unknown): void {
    if (serverCodeOf(cause) === undefined && !(cause instanceof NoAnswerError)) {
      this.unfinished = true
    }
  }
}

/** Mongoose makes what an app's schema declares by itself, unless the app has turned that off. */
async function attemptOfMongoose(model: SessionModel): Promise<void> {
  // How it ended is the app's to hear
  await begunInit(model)?.then(
    () => {},
    () => {},
  )
}
