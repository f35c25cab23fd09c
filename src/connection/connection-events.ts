/** The events of a connection: one listener for each, however many stores use the connection. */
import type { Connection } from 'mongoose'

/** @internal */
export interface ConnectionListener {
  connecting?(): void
  connected?(): void
  disconnected?(): void
  reconnected?(): void
}

interface ListenerRef {
  deref(): ConnectionListener | undefined
}

const EVENTS = ['connecting', 'connected', 'disconnected', 'reconnected'] as const

/** Kept on the connection itself: a bundler may have evaluated this module more than once. */
const LISTENERS: unique symbol = Symbol.for('express-mongoose-session.listeners')

interface WithListeners {
  [LISTENERS]?: Listeners
}

/**
 * Calls the listener at each event of the connection.
 * @returns the function that stops it
 */
export function listen(connection: Connection, listener: ConnectionListener): () => void {
  return listenersOf(connection).add({ deref: () => listener })
}

/** As `listen`, but holds the listener weakly: it stops when nobody else holds the listener. */
export function listenWeakly(connection: Connection, listener: ConnectionListener): () => void {
  return listenersOf(connection).add(new WeakRef(listener))
}

function listenersOf(connection: Connection): Listeners {
  const host = connection as WithListeners
  if (!host[LISTENERS]) {
    Object.defineProperty(connection, LISTENERS, { value: new Listeners(connection) })
  }
  return host[LISTENERS] as Listeners
}

class Listeners {
  readonly #connection: Connection
  readonly #references = new Set<ListenerRef>()
  readonly #handlers = EVENTS.map((event) => [event, () => this.#dispatch(event)] as const)

  constructor(connection: Connection) {
    this.#connection = connection
  }

  add(reference: ListenerRef): () => void {
    if (this.#references.size === 0) {
      for (const [event, handler] of this.#handlers) this.#connection.on(event, handler)
    }
    this.#removeCollected()
    this.#references.add(reference)
    return () => this.#remove(reference)
  }

  #remove(reference: ListenerRef): void {
    if (!this.#references.delete(reference) || this.#references.size > 0) return
    for (const [event, handler] of this.#handlers) this.#connection.off(event, handler)
  }

  #dispatch(event: (typeof EVENTS)[number]): void {
    // A copy, since a listener may remove itself or another
    for (const reference of [...this.#references]) reference.deref()?.[event]?.()
  }

  /** Removes the listeners that the garbage collector has taken. */
  #removeCollected(): void {
    for (const reference of this.#references) {
      if (!reference.deref()) this.#references.delete(reference)
    }
  }
}
