/** What all queries share: types, settings, and how they are sent. */
import type { StoreConnection } from '../connection/connection'
import { keptAlive, MANY_RECORDS_FACTOR, timeLimit, withTimeout } from '../connection/time-limit'
import { NoAnswerError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'

export type Fields = Record<string, unknown>

/** A record as BSON. */
export type Bytes = Uint8Array

/** The names of a record's fields. */
export type FieldNames = Pick<ResolvedOptions, 'idField' | 'expiresKey'>

/** `session: null`, which Mongoose's types lack, opts out of `transactionAsyncLocalStorage`. */
export const NO_TRANSACTION = { session: null } as object

/** Mongoose's connection state. */
const CONNECTED = 1

/** Sends queries once the connection is open, and limits the time for an answer. @internal */
export class QueryRunner {
  #timeLimit: number | undefined

  constructor(readonly storeConnection: StoreConnection) {}

  /** How long an operation may take, in milliseconds; the default until the connection is open. */
  readonly timeLimit = (): number => {
    if (this.#timeLimit !== undefined) return this.#timeLimit
    const limit = timeLimit(this.storeConnection.limits())
    if (this.storeConnection.isOpen()) this.#timeLimit = limit
    return limit
  }

  // Not async: another promise takes a measurable part of an operation's time
  send<T>(query: () => Promise<T>, patience = 1, isReady = false): Promise<T> {
    if (!isReady && this.storeConnection.baseConnection.readyState !== CONNECTED) {
      const ready = keptAlive(this.storeConnection.ready())
      return ready.then(() => this.send(query, patience, true))
    }
    const limit = patience * (this.#timeLimit ?? this.timeLimit())
    let sent: Promise<T>
    try {
      sent = query()
    } catch (error) {
      // Mongoose throws on a connection closed by force, and what it calls first (`debug`) may throw
      return Promise.reject(error)
    }
    return withTimeout(limit, sent, () => new NoAnswerError(limit, undefined, sent))
  }

  /** Sends a query about many records, which may take longer. */
  sendLong<T>(query: () => Promise<T>): Promise<T> {
    return this.send(query, MANY_RECORDS_FACTOR)
  }
}
