/** The types of a store's events, and of the methods of `EventEmitter` that take them. */
import session = require('express-session')

import type { MongoDBStoreError } from './errors'

/** The events of a store, each with the arguments of its listeners. @public */
export interface StoreEvents {
  /** The store is connected, and has created its indexes or warned about them. */
  connected: []
  /** The connection is lost; the driver tries to connect again. */
  disconnected: []
  /** The connection is back. */
  reconnected: []
  /** The start, an operation (in the background, too) or `close` has failed. */
  error: [error: MongoDBStoreError]
  /** Something failed that the store can do without, such as an index. Without a listener: a process warning. */
  warning: [warning: MongoDBStoreError]
  /** A `set` of this store has created a session. */
  create: [sid: string]
  /** A `set` has been written to an existing session, unless that has ended in the meantime. */
  update: [sid: string]
  /** A `touch` has been written: neither skipped because of `touchAfter`, nor replaced by a newer one. */
  touch: [sid: string]
  /** A `destroy` has been answered. */
  destroy: [sid: string]
}

type StoreEvent = keyof StoreEvents
type Listener<E extends StoreEvent> = (...args: StoreEvents[E]) => void

/**
 * express-session's `Store`, typed with the store's events. `connect` and `disconnect` of express-session are
 * missing, since the store does not emit them; through the type `Store`, an app still can.
 */
export interface StoreWithEvents extends session.Store {
  /** Listens to an event. */
  on<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Listens to the next event of this name only. */
  once<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Removes a listener. */
  off<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Same as `on`. */
  addListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Same as `off`. */
  removeListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Like `on`, but before the present listeners. */
  prependListener<E extends StoreEvent>(event: E, listener: Listener<E>): this
  /** Like `once`, but before the present listeners. */
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
