/** Maintains the collection: creates its indexes, and removes expired sessions. */
import type { StoreConnection } from '../connection/connection'
import { describeCause, MongoDBStoreError } from '../errors'
import { ignoreRejection } from '../operations/operations'
import { LONGEST_TIMER } from '../options/option-readers'
import type { ResolvedOptions } from '../options/resolved-options'
import type { AnyModel } from '../records/declared-indexes'
import type { SessionModel } from '../records/model'
import type { Records } from '../records/records'
import { IndexCreation } from './indexes'

/** @internal */
export class Maintenance {
  readonly #model: SessionModel
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #storeConnection: StoreConnection
  readonly #warn: (warning: MongoDBStoreError) => void
  #isUnfinished = false
  #sweepsAfterSeconds: number | undefined
  #isStopped = false
  #timer: NodeJS.Timeout | undefined
  #stopWaiting: (() => void) | undefined

  constructor(
    model: SessionModel,
    records: Records,
    options: ResolvedOptions,
    storeConnection: StoreConnection,
    warn: (warning: MongoDBStoreError) => void,
  ) {
    this.#model = model
    this.#records = records
    this.#options = options
    this.#storeConnection = storeConnection
    this.#warn = warn
  }

  /** Creates the indexes, and starts removing expired sessions if the server does not. Warns, and never fails. */
  async start(): Promise<void> {
    // An index of a large collection takes minutes, and `close` must not wait for it
    const stopped = new Promise<undefined>((resolve) => {
      this.#stopWaiting = () => resolve(undefined)
    })
    this.#sweepsAfterSeconds = await Promise.race([this.#createIndexes(), stopped])
    this.#schedule()
  }

  /** Starts once more if the connection was lost during the start; to be called when it is back. */
  retry(): void {
    if (this.#isUnfinished && !this.#isStopped) ignoreRejection(this.start())
  }

  stop(): void {
    this.#isStopped = true
    this.#stopWaiting?.()
    clearTimeout(this.#timer)
  }

  /** @returns as `IndexOutcome.sweepsAfterSeconds` */
  async #createIndexes(): Promise<number | undefined> {
    this.#isUnfinished = false
    const isOpen = () => this.#storeConnection.isOpen() && !this.#isStopped
    const model = this.#model as unknown as AnyModel
    const create = () =>
      new IndexCreation(model, this.#options, this.#records.timeLimit, isOpen).run()
    let outcome = await create()
    // The connection was lost for a moment, and is back
    if (outcome.isUnfinished && isOpen()) outcome = await create()
    // A lost connection deserves no warning about indexes: `retry` creates them
    this.#isUnfinished = outcome.isUnfinished && !this.#storeConnection.isOpen()
    if (!this.#isUnfinished && !this.#isStopped) outcome.warnings.forEach(this.#warn)
    return outcome.sweepsAfterSeconds
  }

  /** The next removal: up to a tenth earlier or later, so that many processes do not all remove at once. */
  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isStopped || this.#sweepsAfterSeconds === undefined) return
    const interval = this.#options.removeInterval * (0.9 + Math.random() * 0.2)
    // Keeps alive neither the process nor a store on the app's connection that nobody uses any more
    const removal = removalOf(new WeakRef<Maintenance>(this))
    this.#timer = setTimeout(removal, Math.min(interval, LONGEST_TIMER)).unref()
  }

  async removeExpired(): Promise<void> {
    try {
      const by = Date.now() - (this.#sweepsAfterSeconds ?? 0) * 1000
      if (this.#storeConnection.isOpen()) await this.#records.removeExpired(by)
    } catch (cause) {
      if (this.#isStopped) return // `close` has ended it
      const message = `Error removing expired sessions: ${describeCause(cause)}`
      this.#warn(new MongoDBStoreError('ERR_MONGODB_STORE_REMOVAL', message, cause))
    }
    this.#schedule()
  }
}

// No closure within the class: all closures of a function share its scope, and one of them may hold `this`
function removalOf(maintenance: WeakRef<Maintenance>) {
  return () => maintenance.deref()?.removeExpired()
}
