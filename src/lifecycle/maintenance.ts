/** What keeps the collection in order: its indexes, and the removal of what has expired. */

import type { StoreConnection } from '../connection/connection'
import { describeCause, MongoDBStoreError } from '../errors'
import { ignoreRejection } from '../operations/callback'
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
  #removesAfter = 0
  #hasEnded = false
  #endRemoval: (() => void) | undefined
  #endWait: (() => void) | undefined

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

  /** Makes the indexes, and sees to the removal where the server does not. Warns, and never fails. */
  async begin(): Promise<void> {
    // An index of a large collection takes minutes, for which no end waits
    const ended = new Promise<undefined>((resolve) => {
      this.#endWait = () => resolve(undefined)
    })
    const removesAfter = await Promise.race([this.#makeIndexes(), ended])
    if (this.#options.autoRemove === 'disabled' || this.#hasEnded) return
    this.#endRemoval?.()
    if (removesAfter !== undefined) {
      this.#removesAfter = removesAfter
      // On a connection of the app's, a store that nobody holds any more is not kept alive
      const maintenance = this.#storeConnection.owned
        ? this.#held()
        : new WeakRef<Maintenance>(this)
      this.#endRemoval = startSweeping(this.#options.removeInterval, removalBy(maintenance))
    }
  }

  /** The connection is back: goes on where it was cut short. */
  resume(): void {
    if (this.#isUnfinished && !this.#hasEnded) ignoreRejection(this.begin())
  }

  end(): void {
    this.#hasEnded = true
    this.#endWait?.()
    this.#endRemoval?.()
  }

  /** @returns how many seconds after its end the store removes a session; undefined where the server does */
  async #makeIndexes(): Promise<number | undefined> {
    this.#isUnfinished = false
    const isOpen = () => this.#storeConnection.isOpen() && !this.#hasEnded
    const create = () => createIndexes(this.#model, this.#options, this.#records.timeLimit, isOpen)
    let outcome = await create()
    // The connection was away for a moment, and is back
    if (outcome.unfinished && isOpen()) outcome = await create()
    // It is away: no fault of the index, which is made when the connection is back
    this.#isUnfinished = outcome.unfinished && !this.#storeConnection.isOpen()
    if (!this.#isUnfinished && !this.#hasEnded) outcome.warnings.forEach(this.#warn)
    return outcome.removesAfter
  }

  #held() {
    return { deref: () => this }
  }

  async remove(): Promise<void> {
    try {
      if (this.#storeConnection.isOpen()) {
        await this.#records.removeExpired(Date.now() - this.#removesAfter * 1000)
      }
    } catch (cause) {
      if (this.#hasEnded) return // closed with the connection, in the middle of it
      const message = `Error removing expired sessions: ${describeCause(cause)}`
      this.#warn(new MongoDBStoreError('ERR_MONGODB_STORE_REMOVAL', message, cause))
    }
  }
}

// Not within the method: its functions share one scope, and with it the `this` that one of them holds
function removalBy(maintenance: { deref(): Maintenance | undefined }) {
  return () => maintenance.deref()?.remove()
}
