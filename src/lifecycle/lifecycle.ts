/** Starts and closes the store. */
import type { EventEmitter } from 'node:events'
import { connectError, type StoreConnection } from '../connection/connection'
import { type ConnectionListener, listen } from '../connection/connection-events'
import { keptAlive } from '../connection/time-limit'
import { describeCause, MongoDBStoreError } from '../errors'
import {
  closedError,
  ignoreRejection,
  type Operations,
  reportError,
} from '../operations/operations'
import type { Maintenance } from './maintenance'

/** Called once: without arguments when the store is connected, else with the error. @public */
export type StartCallback = (error?: MongoDBStoreError) => void

/** @internal */
export class Lifecycle {
  readonly #stopListening: () => void
  #starting: Promise<void> | undefined
  /** The driver's client at the start. */
  #client: unknown
  #isStartAwaited = false
  #giveUpStart = () => {}
  #closing: Promise<void> | undefined

  constructor(
    private readonly store: EventEmitter,
    private readonly storeConnection: StoreConnection,
    private readonly maintenance: Maintenance,
    private readonly operations: Operations,
    onStart: StartCallback | undefined,
  ) {
    this.#stopListening = listen(storeConnection.baseConnection, this.#listener)
    this.#start().then(
      () => onStart && process.nextTick(onStart),
      (error: MongoDBStoreError) => this.#reportFailedStart(error, onStart),
    )
  }

  /** Resolves when the store is connected and has its indexes; after a failure, it tries again. */
  ready(): Promise<void> {
    this.#isStartAwaited = true
    return this.#closing ? Promise.reject(closedError()) : keptAlive(this.#start())
  }

  /** Gives up the start. Resolves when no operation is under way and an own connection is closed. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  #start(): Promise<void> {
    this.#starting ??= this.#startOnce().catch((cause: unknown) => {
      this.#starting = undefined // the next call tries again
      throw this.#closing ? closedError() : connectError(cause)
    })
    return this.#starting
  }

  async #startOnce(): Promise<void> {
    const givenUp = new Promise<void>((_, reject) => {
      this.#giveUpStart = () => reject(closedError())
    })
    await Promise.race([this.storeConnection.reached(), givenUp])
    this.#client = this.storeConnection.baseConnection.getClient()
    // Indexing a large collection takes minutes
    await Promise.race([this.maintenance.start(), givenUp])
    process.nextTick(() => this.store.emit('connected'))
  }

  #reportFailedStart(error: MongoDBStoreError, onStart: StartCallback | undefined): void {
    const isHeard = this.#closing !== undefined || reportError(this.store, error)
    if (onStart) process.nextTick(onStart, error)
    // For a borrowed connection, the app itself sees the failure when it opens it
    else if (!isHeard && !this.#isStartAwaited && this.storeConnection.owned) {
      process.nextTick(() => {
        throw error
      })
    }
  }

  async #close(): Promise<void> {
    this.operations.isClosed = true
    this.maintenance.stop()
    this.#giveUpStart()
    await this.#starting?.catch(() => {})
    await this.operations.whenIdle()
    this.#stopListening()
    try {
      await this.storeConnection.release()
    } catch (cause) {
      const message = `Error closing the connection: ${describeCause(cause)}`
      const error = new MongoDBStoreError('ERR_MONGODB_STORE_CLOSE', message, cause)
      reportError(this.store, error)
      throw error
    }
  }

  // A field, since the connection only holds it weakly
  readonly #listener: ConnectionListener = {
    connected: () => {
      if (this.#closing) return
      const client = this.storeConnection.baseConnection.getClient()
      // Opened again, maybe to another database; or it was lost while the indexes were created
      const isNew = this.#client !== undefined && client !== this.#client
      if (isNew || this.maintenance.isUnfinished) this.#starting = undefined
      if (!this.#starting) ignoreRejection(this.#start())
    },
    disconnected: () => this.store.emit('disconnected'),
    reconnected: () => this.store.emit('reconnected'),
  }
}
