/** The bridge from the promises inside to the callbacks of express-session. */
import type { MongoDBStoreError } from '../errors'

/** A Node-style callback. */
export type Callback<T = void> = (error: MongoDBStoreError | null, value?: T) => void

/**
 * What a method takes as one. Beside a form without parameters TypeScript lets a subclass override the method
 * with any callback that ours can stand for, as express-session's own types have it.
 */
export type AnyCallback<T = void> = Callback<T> | (() => void) | undefined

/** The callback as it came: absent, `undefined`, or a function. */
export type OptionalCallback<T = void> = [callback?: Callback<T> | undefined]

/**
 * Answers through the callback, or with a promise where there is none.
 *
 * The callback runs in `nextTick`, outside the promise chain: one that throws is an uncaught
 * exception, as in Node's own API, and is never called a second time.
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
  // express-session passes on the callback that the app left out, and drops the promise
  if (rest.length > 0) ignoreRejection(step)
  return step
}

/** For a promise whose failure is reported elsewhere. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
