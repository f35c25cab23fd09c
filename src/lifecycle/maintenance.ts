/** Maintains the collection: creates its indexes, and removes expired sessions. */
import type { StoreConnection } from '../connection/connection'
import { withTimeout } from '../connection/time-limit'
import { describeCause, MongoDBStoreError } from '../errors'
import { LONGEST_TIMER } from '../options/option-readers'
import type { ResolvedOptions } from '../options/resolved-options'
import type { AnyModel } from '../records/declared-indexes'
import type { SessionModel } from '../records/model'
import type { Records } from '../records/records'
import { createIndexes } from './indexes'

/** @internal */
export class Maintenance {
  /** Whether the connection was lost while it started, so that it has to start again. */
  isUnfinished = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly model: SessionModel,
    private readonly records: Records,
    private readonly options: ResolvedOptions,
    private readonly storeConnection: StoreConnection,
    private readonly warn: (warning: MongoDBStoreError) => void,
  ) {}

  /** Creates the indexes; removes expired sessions if the server does not. Only warns, and never fails. */
  async start(): Promise<void> {
    const create = () => createIndexes(this.model as unknown as AnyModel, this.options, this.#send)
    let outcome = await create()
    // The connection was lost for a moment, and is back
    if (outcome.isUnfinished && this.#isOpen()) outcome = await create()
    this.isUnfinished = outcome.isUnfinished && !this.#isOpen()
    if (!this.isUnfinished && !this.#isStopped) outcome.warnings.forEach(this.warn)
    this.#schedule(outcome.sweepsAfterSeconds)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #isOpen(): boolean {
    return this.storeConnection.isOpen() && !this.#isStopped
  }

  // On a connection closed by now, mongodb 6 would look for a server, and keep the process alive
  readonly #send = async <T>(command: () => Promise<T>, patience = 1): Promise<T> => {
    if (!this.#isOpen()) throw new Error('the connection is closed')
    return withTimeout(patience * this.records.timeLimit(), command())
  }

  /** The next removal, up to a tenth earlier or later, so that not all processes remove at once. */
  #schedule(seconds: number | undefined): void {
    clearTimeout(this.#timer)
    if (this.#isStopped || seconds === undefined) return
    const interval = this.options.removeInterval * (0.9 + Math.random() * 0.2)
    // Keeps neither the process alive, nor an abandoned store on the app's connection
    const removal = removalOf(new WeakRef<Maintenance>(this), seconds)
    this.#timer = setTimeout(removal, Math.min(interval, LONGEST_TIMER)).unref()
  }

  /** Removes the sessions that expired at least `seconds` ago, and schedules the next removal. */
  async removeExpired(seconds: number): Promise<void> {
    try {
      const { writes, statements } = this.records
      const expired = statements.expiredBy(Date.now() - seconds * 1000)
      if (this.#isOpen()) await writes.removeAll(expired)
    } catch (cause) {
      if (this.#isStopped) return // ended by `close`
      const message = `Error removing expired sessions: ${describeCause(cause)}`
      this.warn(new MongoDBStoreError('ERR_MONGODB_STORE_REMOVAL', message, cause))
    }
    this.#schedule(seconds)
  }
}

// Outside the class, since all closures of a method share its scope, and could hold `this`
function removalOf(maintenance: WeakRef<Maintenance>, seconds: number) {
  return () => maintenance.deref()?.removeExpired(seconds)
}
