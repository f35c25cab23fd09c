/** The store's start and its end. */
import type { EventEmitter } from 'node:events'
import { connectError, type StoreConnection } from '../connection/connection'
import type { ConnectionListener } from '../connection/connection-events'
import { describeCause, MongoDBStoreError } from '../errors'
import { ignoreRejection } from '../operations/callback'
import { closed, type Operations } from '../operations/operations'
import { reportError } from '../operations/reports'
import type { Maintenance } from './maintenance'

/** Called once, without arguments when the store is connected, else with the error. @public */
export type StartCallback = (error?: MongoDBStoreError) => void

/** @internal */
export class Lifecycle {
  readonly #store: EventEmitter
  readonly #storeConnection: StoreConnection
  readonly #maintenance: Maintenance
  readonly #operations: Operations
  readonly #stopListening: () => void
  #starting: Promise<void> | undefined
  #startIsAwaited = false
  #closing: Promise<void> | undefined
  #endStart!: () => void
  readonly #startEnded = new Promise<void>((resolve) => {
    this.#endStart = resolve
  })

  constructor(
    store: EventEmitter,
    storeConnection: StoreConnection,
    maintenance: Maintenance,
    operations: Operations,
    onStart: StartCallback | undefined,
  ) {
    this.#store = store
    this.#storeConnection = storeConnection
    this.#maintenance = maintenance
    this.#operations = operations
    this.#stopListening = storeConnection.listen(this.#listener)
    this.#start().then(
      () => onStart && process.nextTick(onStart),
      (error: MongoDBStoreError) => this.#reportFailedStart(error, onStart),
    )
  }

  /** Resolves when the store is connected and its indexes are made; a call after a failure tries again. */
  ready(): Promise<void> {
    this.#startIsAwaited = true
    return this.#closing ? Promise.reject(closed()) : this.#start()
  }

  /**
   * Resolves when what was under way has ended, and the store's own connection is closed. The start is
   * given up: nobody waits for its outcome but to use the store.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #start(): Promise<void> {
    this.#starting ??= this.#startOnce().catch((cause: unknown) => {
      this.#starting = undefined // so that the next try is a new one
      const isOurs = cause instanceof MongoDBStoreError
      if (isOurs && cause.code === 'ERR_MONGODB_STORE_CLOSED') throw cause
      throw this.#closing && !isOurs ? closed() : connectError(cause)
    })
    return this.#starting
  }

  async #startOnce(): Promise<void> {
    if (this.#closing) throw closed()
    await Promise.race([this.#storeConnection.ready(), this.#startEnded])
    if (!this.#closing) await this.#maintenance.begin()
    if (this.#closing) throw closed() // in the middle of it
    process.nextTick(() => this.#store.emit('connected'))
  }

  #reportFailedStart(error: MongoDBStoreError, onStart: StartCallback | undefined): void {
    if (this.#closing) {
      if (onStart) process.nextTick(onStart, error)
      return
    }
    const isHeard = reportError(this.#store, error)
    if (onStart) process.nextTick(onStart, error)
    // A borrowed connection's failure is the app's to see, where it opens it
    else if (!isHeard && !this.#startIsAwaited && this.#storeConnection.owned) {
      process.nextTick(() => {
        throw error
      })
    }
  }

  async #close(): Promise<void> {
    this.#operations.end()
    this.#maintenance.end()
    this.#endStart()
    this.#storeConnection.stopWaiting()
    await this.#starting?.catch(() => {})
    await this.#operations.whenIdle()
    this.#stopListening()
    try {
      await this.#storeConnection.release()
    } catch (cause) {
      const message = `Error closing the connection: ${describeCause(cause)}`
      const error = new MongoDBStoreError('ERR_MONGODB_STORE_CLOSE', message, cause)
      reportError(this.#store, error)
      throw error
    }
  }

  // A field: it lives as long as the store, and no longer
  readonly #listener: ConnectionListener = {
    connected: () => {
      if (this.#closing) return
      // The start failed, and an operation or the app has opened the connection since
      if (!this.#starting) ignoreRejection(this.#start())
      else this.#maintenance.resume()
    },
    disconnected: () => {
      this.#store.emit('disconnected')
    },
    reconnected: () => {
      this.#store.emit('reconnected')
    },
  }
}
