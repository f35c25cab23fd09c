/** What a session was made of, where a framework makes sessions of its own: @fastify/session. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Callback } from '../operations/callback'
import { isPlainObject } from '../payload/objects'

/**
 * Such a framework takes from `get` what it gives out, copies it into an object of its own, serves the
 * request, and hands that object to `set`. All of this comes of the callback of `get`, and so what was
 * given out travels along the request, apart from any other request with the same session.
 */
const loadContext = new AsyncLocalStorage<object>()

/** The callback, with everything that comes of it knowing what it was given. */
export function withLoadContext<T extends object | null>(callback: Callback<T>): Callback<T> {
  return (error, data) => {
    if (data) loadContext.run(data, callback, error, data)
    else callback(error, data)
  }
}

/** The data that `session` was made of, if it is one of a framework's: not data put together by hand. */
export function loadedDataOf(session: unknown): object | undefined {
  const data = loadContext.getStore()
  const isInstance = typeof session === 'object' && session !== null && !isPlainObject(session)
  return isInstance ? data : undefined
}
