/** Answers express-session's callbacks from the store's promises. */
import type { MongoDBStoreError } from '../errors'

/** A Node-style callback. */
export type Callback<T = void> = (error: MongoDBStoreError | null, value?: T) => void

/**
 * The callback that a method takes. The form without parameters lets a subclass override the method with
 * any callback that this one can stand for, such as that of express-session's types.
 */
export type AnyCallback<T = void> = Callback<T> | (() => void) | undefined

/** The rest arguments of a method: no callback, `undefined`, or a function. */
export type OptionalCallback<T = void> = [callback?: Callback<T> | undefined]

/**
 * Answers through the callback, or returns the promise if there is no callback.
 *
 * The callback runs in `nextTick`, outside the promise chain. If it throws, that is an uncaught
 * exception, as in Node's own API, and the callback is not called a second time.
 */
export function callbackOrPromise<T>(
  step: Promise<T>,
  rest: OptionalCallback<T>,
): Promise<T> | undefined {
  const [callback] = rest
  if (typeof callback === 'function') {
    step.then(
      (value) => process.nextTick(callback, null, value),
      (error: MongoDBStoreError) => process.nextTick(callback, error),
    )
    return undefined
  }
  // express-session passes `undefined` if the app left out the callback, and drops the promise
  if (rest.length > 0) ignoreRejection(step)
  return step
}

/** For a promise whose failure is reported elsewhere: keeps Node from reporting it as unhandled. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
