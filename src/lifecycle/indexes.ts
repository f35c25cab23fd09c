/** Creates the indexes that sessions need, in the background; a failure is a warning. */
import { inspect } from 'node:util'
import { MANY_RECORDS_FACTOR, withTimeout } from '../connection/time-limit'
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

function isLostConnection({ cause }: Failure): boolean {
  const isAnswered = serverCodeOf(cause) !== undefined || cause instanceof NoAnswerError
  return cause !== undefined && !isAnswered
}

/** Creates the indexes that the store is responsible for, and finds out who removes expired sessions. */
export class IndexCreation {
  readonly #model: AnyModel
  readonly #options: ResolvedOptions
  readonly #timeLimit: () => number
  readonly #isOpen: () => boolean
  readonly #failures: Failure[] = []

  /**
   * @param timeLimit how long an answer may take, in ms; an index may take `MANY_RECORDS_FACTOR` times as long
   * @param isOpen whether the connection still takes commands
   */
  constructor(
    model: AnyModel,
    options: ResolvedOptions,
    timeLimit: () => number,
    isOpen: () => boolean,
  ) {
    this.#model = model
    this.#options = options
    this.#timeLimit = timeLimit
    this.#isOpen = isOpen
  }

  async run(): Promise<IndexOutcome> {
    const { autoRemove, expiresAfterSeconds, createIndexes } = this.#options
    const declared = declaredIndexes(this.#model)
    const undeclared = undeclaredIndexes(this.#model, this.#options)
    // Mongoose creates those that the app's own model declares
    const own = isStoreModel(this.#model) ? declared : []
    const wanted = createIndexes ? [...own, ...undeclared] : []
    for (const index of wanted) await this.#tryToCreate(index)
    const forExpiry = [...declared, ...undeclared].find(this.#isForExpiry)
    const seconds = autoRemove === 'native' ? forExpiry?.settings.expireAfterSeconds : undefined
    const isByServer =
      forExpiry && seconds !== undefined && (await this.#isThere(forExpiry, wanted))
    const isByStore = !isByServer && autoRemove !== 'disabled'
    const who = isByStore
      ? ' The store removes expired sessions.'
      : isByServer
        ? ' The server removes expired sessions.'
        : ''
    return {
      warnings: this.#failures.map((failure) => this.#warningOf(failure, who)),
      sweepsAfterSeconds: isByStore ? (seconds ?? expiresAfterSeconds) : undefined,
      isUnfinished: this.#failures.some(isLostConnection),
    }
  }

  readonly #isForExpiry = (index: Index): boolean => fieldsOf(index) === this.#options.expiresKey

  async #tryToCreate(index: Index): Promise<void> {
    try {
      await this.#create(index)
    } catch (cause) {
      this.#failures.push({ what: 'Error creating index', index, cause })
      const { expireAfterSeconds, ...settings } = index.settings
      const isTTL = expireAfterSeconds !== undefined && this.#isForExpiry(index)
      if (!isTTL || !UNSUPPORTED.includes(serverCodeOf(cause) ?? 0)) return
      // The store's own removal needs an index as well. A second refusal says nothing new
      const plain = { ...index, settings }
      const declarePlain = () => isStoreModel(this.#model) && declare(this.#model, plain)
      await this.#create(plain).then(declarePlain, () => {})
    }
  }

  async #create({ keys, settings }: Index): Promise<void> {
    const create = () =>
      this.#model.collection.createIndex(keys as Record<string, 1>, settings as object)
    await this.#send(create, MANY_RECORDS_FACTOR)
  }

  /** Whether the server removes by the TTL index, or by another with other seconds. */
  async #isThere(index: Index, wanted: readonly Index[]): Promise<boolean> {
    if (!wanted.includes(index)) return this.#expectTTLIndex(index)
    const isRefused = this.#failures.some((failure) => failure.index === index)
    return !isRefused || this.#hasTTLIndex().catch(() => false)
  }

  /** Whether there is a TTL index that somebody else creates. */
  async #expectTTLIndex(index: Index): Promise<boolean> {
    try {
      // Mongoose creates the indexes of the app's schema now, and tells the app if that fails
      await initPromise(this.#model)?.catch(() => {})
      const isThere = await this.#hasTTLIndex()
      if (!isThere) this.#failures.push({ what: 'Missing index', index })
      return isThere
    } catch (cause) {
      this.#failures.push({ what: 'Error reading indexes', index, cause })
      return true
    }
  }

  /** Whether the server removes by the expiry. Rejects if the server does not list its indexes. */
  async #hasTTLIndex(): Promise<boolean> {
    try {
      // A secondary may not have the newest index yet
      const list = () => this.#model.collection.indexes({ readPreference: 'primary' } as never)
      return (await this.#send(list)).some(
        ({ key, expireAfterSeconds }) =>
          this.#isForExpiry({ keys: key, settings: {} }) && expireAfterSeconds !== undefined,
      )
    } catch (cause) {
      if (NO_COLLECTION.includes(serverCodeOf(cause) ?? 0)) return false
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

  #warningOf({ what, index, cause }: Failure, who: string): MongoDBStoreError {
    const why = cause === undefined ? '' : `: ${describeCause(cause)}`
    const where = `on ${inspect(index.keys)} of ${this.#model.collection.collectionName}`
    return new MongoDBStoreError(
      'ERR_MONGODB_STORE_INDEX',
      `${what}${why}, ${where}. Sessions work without it.${who} What to do: "Missing indexes" in docs/scaling.md`,
      cause,
    )
  }
}
