/** The types of a store's events, and of the methods of `EventEmitter` that take them. */
import session = require('express-session')

import type { MongoDBStoreError } from './errors'

/** The events of a store, each with the arguments of its listeners. @public */
export interface StoreEvents {
  /** The store is connected, and has made its indexes or has warned about them. */
  connected: []
  /** The connection is lost; the driver tries to connect again. */
  disconnected: []
  /** The connection is back. */
  reconnected: []
  /** The start, an operation, also one in the background, or `close` has failed. */
  error: [error: MongoDBStoreError]
  /** A failure that the store works without, of an index for instance; a process warning if nobody listens. */
  warning: [warning: MongoDBStoreError]
  /** A `set` of this store has made a new session. */
  create: [sid: string]
  /** A `set` has been written that made no new session: one that has ended meanwhile stays away. */
  update: [sid: string]
  /** A `touch` has been written; not one that `touchAfter` spares, or in whose place a newer one was. */
  touch: [sid: string]
  /** A `destroy` has been answered. */
  destroy: [sid: string]
}

type StoreEvent = keyof StoreEvents
type Listener<E extends StoreEvent> = (...args: StoreEvents[E]) => void

/**
 * express-session's `Store`, with the store's events in its types. They leave out `connect` and
 * `disconnect` of express-session, which a store does not emit; through the type `Store` an app can.
 */
export interface StoreWithEvents extends session.Store {
  /** Listens to an event. */
  on<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Listens to the next event of this name only. */
  once<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Removes a listener. */
  off<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `on`. */
  addListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `off`. */
  removeListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `on`, but before the present listeners. */
  prependListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** As `once`, but before the present listeners. */
  prependOnceListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Removes all listeners of the event, or of every event. */
  removeAllListeners(event?: StoreEvent): this
  /** How many listeners the event has. */
  listenerCount(event: StoreEvent): number
  /** Calls the listeners; returns false if there are none. */
  emit<E extends StoreEvent>(event: E, ...args: StoreEvents[E]): boolean
}

/** express-session's `Store` itself, to extend. */
export const StoreWithEvents = session.Store as abstract new () => StoreWithEvents
