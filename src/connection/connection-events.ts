/** The events of a connection: one listener for each, however many stores use the connection. */
import type { Connection } from 'mongoose'

const EVENTS = ['connected', 'disconnected', 'reconnected'] as const

/** @internal */
export type ConnectionListener = Readonly<Record<(typeof EVENTS)[number], () => void>>

/** Kept on the connection itself: a bundler may have evaluated this module more than once. */
const LISTENERS: unique symbol = Symbol.for('express-mongoose-session.listeners')

/**
 * Calls the listener at each event of the connection. Holds it weakly: a borrowed connection may outlive
 * many stores, and keeps none of them alive.
 * @returns the function that stops it
 */
export function listen(connection: Connection, listener: ConnectionListener): () => void {
  const host = connection as { [LISTENERS]?: Listeners }
  if (!host[LISTENERS]) {
    Object.defineProperty(host, LISTENERS, { value: new Listeners(connection) })
  }
  return (host[LISTENERS] as Listeners).add(new WeakRef(listener))
}

class Listeners {
  readonly #connection: Connection
  readonly #references = new Set<WeakRef<ConnectionListener>>()
  readonly #handlers = EVENTS.map((event) => {
    const call = () => {
      for (const reference of this.#references) reference.deref()?.[event]()
    }
    return [event, call] as const
  })

  constructor(connection: Connection) {
    this.#connection = connection
  }

  add(added: WeakRef<ConnectionListener>): () => void {
    if (this.#references.size === 0) {
      for (const [event, call] of this.#handlers) this.#connection.on(event, call)
    }
    // The garbage collector may have taken some
    for (const each of this.#references) {
      if (!each.deref()) this.#references.delete(each)
    }
    this.#references.add(added)
    return () => {
      if (!this.#references.delete(added) || this.#references.size > 0) return
      for (const [event, call] of this.#handlers) this.#connection.off(event, call)
    }
  }
}
