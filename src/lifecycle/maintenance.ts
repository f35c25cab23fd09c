/** Maintains the collection: creates its indexes, and removes expired sessions. */

import type { StoreConnection } from '../connection/connection'
import { describeCause, MongoDBStoreError } from '../errors'
import { ignoreRejection } from '../operations/operations'
import type { ResolvedOptions } from '../options/resolved-options'
import type { SessionModel } from '../records/model'
import type { Records } from '../records/records'
import { startSweeping } from './expiry-sweeper'
import { createIndexes } from './indexes'

/** @internal */
export class Maintenance {
  readonly #model: SessionModel
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #storeConnection: StoreConnection
  readonly #warn: (warning: MongoDBStoreError) => void
  #isUnfinished = false
  #sweepsAfterSeconds = 0
  #isStopped = false
  #stopSweeping: (() => void) | undefined
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
    const sweepsAfterSeconds = await Promise.race([this.#createIndexes(), stopped])
    if (this.#options.autoRemove === 'disabled' || this.#isStopped) return
    this.#stopSweeping?.()
    if (sweepsAfterSeconds !== undefined) {
      this.#sweepsAfterSeconds = sweepsAfterSeconds
      // On a borrowed connection, the timer must not keep alive a store that nobody uses any more
      const maintenance = this.#storeConnection.owned
        ? this.#strongRef()
        : new WeakRef<Maintenance>(this)
      this.#stopSweeping = startSweeping(this.#options.removeInterval, sweepOf(maintenance))
    }
  }

  /** Starts once more if the connection was lost during the start; to be called when it is back. */
  retry(): void {
    if (this.#isUnfinished && !this.#isStopped) ignoreRejection(this.start())
  }

  stop(): void {
    this.#isStopped = true
    this.#stopWaiting?.()
    this.#stopSweeping?.()
  }

  /** @returns as `IndexOutcome.sweepsAfterSeconds` */
  async #createIndexes(): Promise<number | undefined> {
    this.#isUnfinished = false
    const isOpen = () => this.#storeConnection.isOpen() && !this.#isStopped
    const create = () => createIndexes(this.#model, this.#options, this.#records.timeLimit, isOpen)
    let outcome = await create()
    // The connection was lost for a moment, and is back
    if (outcome.isUnfinished && isOpen()) outcome = await create()
    // A lost connection deserves no warning about indexes: `retry` creates them
    this.#isUnfinished = outcome.isUnfinished && !this.#storeConnection.isOpen()
    if (!this.#isUnfinished && !this.#isStopped) outcome.warnings.forEach(this.#warn)
    return outcome.sweepsAfterSeconds
  }

  #strongRef() {
    return { deref: () => this }
  }

  async removeExpired(): Promise<void> {
    try {
      if (this.#storeConnection.isOpen()) {
        await this.#records.removeExpired(Date.now() - this.#sweepsAfterSeconds * 1000)
      }
    } catch (cause) {
      if (this.#isStopped) return // `close` has ended it
      const message = `Error removing expired sessions: ${describeCause(cause)}`
      this.#warn(new MongoDBStoreError('ERR_MONGODB_STORE_REMOVAL', message, cause))
    }
  }
}

// No closure within `start`: all closures of a function share its scope, and one of them holds `this`
function sweepOf(maintenance: { deref(): Maintenance | undefined }) {
  return () => maintenance.deref()?.removeExpired()
}
