/** The events of a store, and the methods that know them. */
import session = require('express-session')

import type { MongoDBStoreError } from '../errors'

/** The events of a store, each with what its listeners are given. @public */
export interface StoreEvents {
  /** The store is connected, and has made its indexes or has warned about them. */
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
  /** Listens to an event. */
  on<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Listens to the next one. */
  once<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Listens no more. */
  off<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `on`. */
  addListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `off`. */
  removeListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `on`, before those that listen already. */
  prependListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `once`, before those that listen already. */
  prependOnceListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Nobody listens any more, to this event or to any. */
  removeAllListeners(event?: StoreEvent): this
  /** How many listen. */
  listenerCount(event: StoreEvent): number
  /** Tells those who listen; false where nobody does. */
  emit<E extends StoreEvent>(event: E, ...args: StoreEvents[E]): boolean
}

/** express-session's `Store` itself, to extend. */
export const StoreWithEvents = session.Store as abstract new () => StoreWithEvents
