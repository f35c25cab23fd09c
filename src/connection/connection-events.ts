/** A connection's events: one listener for each, however many stores use the connection. */
import type { Connection } from 'mongoose'

const EVENTS = ['connected', 'disconnected', 'reconnected'] as const

/** @internal */
export type ConnectionListener = Readonly<Record<(typeof EVENTS)[number], () => void>>

type Listeners = Set<WeakRef<ConnectionListener>>

/** On the connection itself, since a bundler may evaluate this module more than once. */
const LISTENERS: unique symbol = Symbol.for('express-mongoose-session.listeners')

/**
 * Calls the listener at each event of the connection. Holds it weakly: a borrowed connection may outlive many
 * stores, and must keep none of them alive.
 * @returns a function that stops it
 */
export function listen(connection: Connection, listener: ConnectionListener): () => void {
  const listeners = (connection as { [LISTENERS]?: Listeners })[LISTENERS] ?? attach(connection)
  for (const each of listeners) {
    if (!each.deref()) listeners.delete(each) // garbage collected
  }
  const added = new WeakRef(listener)
  listeners.add(added)
  return () => {
    listeners.delete(added)
  }
}

/** Once per connection. */
function attach(connection: Connection): Listeners {
  const listeners: Listeners = new Set()
  for (const event of EVENTS) {
    connection.on(event, () => {
      for (const each of listeners) each.deref()?.[event]()
    })
  }
  Object.defineProperty(connection, LISTENERS, { value: listeners })
  return listeners
}
