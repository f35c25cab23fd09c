/** Creates the indexes that sessions need, in the background; a failure is a warning. */
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
  /** How many seconds after its end the store removes a session; undefined if it does not. */
  readonly sweepsAfterSeconds: number | undefined
  /** Whether the connection was lost: then a new try is worth it once the connection is back. */
  readonly isUnfinished: boolean
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
/** The collection does not exist before its first record: NamespaceNotFound, IndexNotFound. */
const NO_COLLECTION = [26, 27]
/** The codes for an unknown command or option: BadValue, FailedToParse, CommandNotFound, … */
const UNSUPPORTED = [2, 9, 59, 67, 72, 115, 197, 238, 303]

interface Failure {
  readonly what: string
  readonly index: Index
  readonly cause?: unknown
}

/** Creates the indexes that the store is responsible for, and finds out who removes expired sessions. */
export class IndexCreation {
  readonly #model: AnyModel
  readonly #options: ResolvedOptions
  readonly #send: <T>(command: () => Promise<T>, patience?: number) => Promise<T>
  readonly #failures: Failure[] = []

  /** @param send sends a command, and limits the time for its answer; with `patience`, to as many times as much */
  constructor(
    model: AnyModel,
    options: ResolvedOptions,
    send: <T>(command: () => Promise<T>, patience?: number) => Promise<T>,
  ) {
    this.#model = model
    this.#options = options
    this.#send = send
  }

  async run(): Promise<IndexOutcome> {
    const { autoRemove, expiresAfterSeconds, createIndexes } = this.#options
    const declared = declaredIndexes(this.#model)
    const undeclared = undeclaredIndexes(this.#model, this.#options)
    // Mongoose creates those that the app's own model declares
    const own = isStoreModel(this.#model) ? declared : []
    const wanted = createIndexes ? [...own, ...undeclared] : []
    for (const index of wanted) await this.#tryToCreate(index)
    const forExpiry = [...declared, ...undeclared].find((index) => this.#isForExpiry(index.keys))
    const seconds = autoRemove === 'native' ? forExpiry?.settings.expireAfterSeconds : undefined
    const isByServer =
      forExpiry !== undefined &&
      seconds !== undefined &&
      (await this.#isRemovedBy(forExpiry, wanted.includes(forExpiry)))
    const isByStore = !isByServer && autoRemove !== 'disabled'
    const who = isByServer ? 'server' : isByStore ? 'store' : undefined
    return {
      warnings: this.#failures.map((failure) => this.#warningOf(failure, who)),
      sweepsAfterSeconds: isByStore ? (seconds ?? expiresAfterSeconds) : undefined,
      isUnfinished: this.#failures.some(isLostConnection),
    }
  }

  #isForExpiry(keys: Index['keys']): boolean {
    return fieldsOf({ keys }) === this.#options.expiresKey
  }

  async #tryToCreate(index: Index): Promise<void> {
    try {
      await this.#create(index)
    } catch (cause) {
      this.#failures.push({ what: 'Error creating index', index, cause })
      const { expireAfterSeconds, ...settings } = index.settings
      const isTTL = expireAfterSeconds !== undefined && this.#isForExpiry(index.keys)
      if (!isTTL || !UNSUPPORTED.includes(serverCodeOf(cause) ?? 0)) return
      // The store's own removal needs an index as well. A second refusal says nothing new
      const plain = { ...index, settings }
      const declarePlain = () => isStoreModel(this.#model) && declare(this.#model, plain)
      await this.#create(plain).then(declarePlain, () => {})
    }
  }

  async #create({ keys, settings }: Index): Promise<void> {
    const { collection } = this.#model
    const create = () => collection.createIndex(keys as Record<string, 1>, settings as object)
    await this.#send(create, MANY_RECORDS_FACTOR)
  }

  /**
   * Whether the server removes by the TTL index, or by another with other seconds.
   * @param isOurs whether the store was to create the index
   */
  async #isRemovedBy(index: Index, isOurs: boolean): Promise<boolean> {
    if (isOurs && !this.#failures.some((failure) => failure.index === index)) return true
    try {
      // Mongoose creates the indexes of the app's schema now, and tells the app if that fails
      if (!isOurs) await initPromise(this.#model)?.catch(() => {})
      const isThere = await this.#hasTTLIndex()
      if (!isThere && !isOurs) this.#failures.push({ what: 'Missing index', index })
      return isThere
    } catch (cause) {
      if (!isOurs) this.#failures.push({ what: 'Error reading indexes', index, cause })
      return !isOurs
    }
  }

  /** Whether the server removes by the expiry. Rejects if the server does not list its indexes. */
  async #hasTTLIndex(): Promise<boolean> {
    try {
      // A secondary may not have the newest index yet
      const list = () => this.#model.collection.indexes({ readPreference: 'primary' } as never)
      return (await this.#send(list)).some(
        ({ key, expireAfterSeconds }) => this.#isForExpiry(key) && expireAfterSeconds !== undefined,
      )
    } catch (cause) {
      if (NO_COLLECTION.includes(serverCodeOf(cause) ?? 0)) return false
      throw cause
    }
  }

  #warningOf({ what, index, cause }: Failure, who: string | undefined): MongoDBStoreError {
    const why = cause === undefined ? '' : `: ${describeCause(cause)}`
    const where = `on ${inspect(index.keys)} of ${this.#model.collection.collectionName}`
    const removal = who === undefined ? '' : ` The ${who} removes expired sessions.`
    return new MongoDBStoreError(
      'ERR_MONGODB_STORE_INDEX',
      `${what}${why}, ${where}. Sessions work without it.${removal} What to do: "Missing indexes" in docs/scaling.md`,
      cause,
    )
  }
}

function isLostConnection({ cause }: Failure): boolean {
  const isAnswered = serverCodeOf(cause) !== undefined || cause instanceof NoAnswerError
  return cause !== undefined && !isAnswered
}
