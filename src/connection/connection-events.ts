/** One listener per event of a connection, however many stores are on it. */
import type { Connection } from 'mongoose'

/** @internal */
export interface ConnectionListener {
  connecting?(): void
  connected?(): void
  disconnected?(): void
  reconnected?(): void
}

interface Reference {
  deref(): ConnectionListener | undefined
}

const EVENTS = ['connecting', 'connected', 'disconnected', 'reconnected'] as const

/** On the connection itself: a bundler may have evaluated this module more than once. */
const AUDIENCE: unique symbol = Symbol.for('express-mongoose-session.audience')

interface WithAudience {
  [AUDIENCE]?: Audience
}

/** Tells the listener of the connection's events, until the function that it returns is called. */
export function listen(connection: Connection, listener: ConnectionListener): () => void {
  return audienceOf(connection).add({ deref: () => listener })
}

/** The same, and keeps nothing alive: for as long as someone else holds the listener. */
export function listenWeakly(connection: Connection, listener: ConnectionListener): () => void {
  return audienceOf(connection).add(new WeakRef(listener))
}

function audienceOf(connection: Connection): Audience {
  const host = connection as WithAudience
  if (!host[AUDIENCE]) {
    Object.defineProperty(connection, AUDIENCE, { value: new Audience(connection) })
  }
  return host[AUDIENCE] as Audience
}

class Audience {
  readonly #connection: Connection
  readonly #references = new Set<Reference>()
  readonly #tell = EVENTS.map((event) => [event, () => this.#dispatch(event)] as const)

  constructor(connection: Connection) {
    this.#connection = connection
  }

  add(reference: Reference): () => void {
    if (this.#references.size === 0) {
      for (const [event, tell] of this.#tell) this.#connection.on(event, tell)
    }
    this.#forgetTheDead()
    this.#references.add(reference)
    return () => this.#remove(reference)
  }

  #remove(reference: Reference): void {
    if (!this.#references.delete(reference) || this.#references.size > 0) return
    for (const [event, tell] of this.#tell) this.#connection.off(event, tell)
  }

  #dispatch(event: (typeof EVENTS)[number]): void {
    // Those of now: one may remove itself or another
    for (const reference of [...this.#references]) reference.deref()?.[event]?.()
  }

  #forgetTheDead(): void {
    for (const reference of this.#references) {
      if (!reference.deref()) this.#references.delete(reference)
    }
  }
}
