/** The events of a store, and the methods that know them. */
import session = require('express-session')

import type { MongoDBStoreError } from './errors'

/**
 * The events of a store, each with what its listeners are given.
 *
 * @example
 * ```js
 * store.on('warning', (warning) => console.warn(warning.code, warning.message))
 * ```
 * @public
 */
export interface StoreEvents {
  /** The store is connected for the first time, and has made its indexes or has warned about them. */
  connected: []
  /** The connection is lost; the driver looks for the server. */
  disconnected: []
  /** The connection is there again. */
  reconnected: []
  /** Something failed: the start, an operation, or what goes on in the background. */
  error: [error: MongoDBStoreError]
  /** Something that the store does without; shown as a process warning where nobody listens. */
  warning: [warning: MongoDBStoreError]
}

type StoreEvent = keyof StoreEvents
type Listener<E extends StoreEvent> = (...args: StoreEvents[E]) => void

/**
 * express-session's `Store`, with the events by name. Of express-session's own, `connect` and
 * `disconnect`, a store emits none: who wants to, does it through the type `Store`.
 */
export interface StoreWithEvents extends session.Store {
  on<E extends StoreEvent>(event: E, listener: Listener<E>): this
  once<E extends StoreEvent>(event: E, listener: Listener<E>): this
  off<E extends StoreEvent>(event: E, listener: Listener<E>): this
  addListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  removeListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  prependListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  prependOnceListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  removeAllListeners(event?: StoreEvent): this
  listenerCount(event: StoreEvent): number
  emit<E extends StoreEvent>(event: E, ...args: StoreEvents[E]): boolean
}

/** express-session's `Store` itself, to extend. */
export const StoreWithEvents = session.Store as abstract new () => StoreWithEvents
