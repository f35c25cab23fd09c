/** Links a session to its loaded data, if a framework makes its own session objects, as @fastify/session. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Callback } from '../operations/operations'
import { isPlainObject } from '../payload/payload'

/**
 * Such a framework copies the data that `get` gave into its own object, serves the request, and passes that
 * object to `set`. All of this follows from the callback of `get`, so that the async context carries the
 * loaded data through the request, separate from other requests with the same session.
 */
const loadContext = new AsyncLocalStorage<object>()

/** The callback, run in a context that holds the data that it gets. */
export function withLoadContext<T extends object | null>(callback: Callback<T>): Callback<T> {
  return (error, data) => {
    if (data) loadContext.run(data, callback, error, data)
    else callback(error, data)
  }
}

/** The loaded data of a framework's session object; undefined for a plain object that an app has built. */
export function loadedDataOf(session: unknown): object | undefined {
  const data = loadContext.getStore()
  // Before the session is looked at, which may throw
  if (data === undefined || typeof session !== 'object' || session === null) return undefined
  return isPlainObject(session) ? undefined : data
}
