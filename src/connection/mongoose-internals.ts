/** What Mongoose tells nobody, and the store has to know: alike in 8.0.0, 8.24.10 and 9.12.1. */
import type { Connection } from 'mongoose'

/**
 * Whether the app has closed the connection, and not opened it again. A connection whose server is
 * away is `disconnected` as well, and comes back.
 */
export function isCloseCalled(connection: Connection): boolean {
  return (connection as { _closeCalled?: boolean })._closeCalled === true
}

/**
 * What Mongoose has begun of the collection and indexes that the model's schema declares; undefined
 * before it has. The public `init()` would begin it, against an app's `init: false`.
 */
export function begunInit(model: object): Promise<unknown> | undefined {
  return (model as { $init?: Promise<unknown> }).$init
}
