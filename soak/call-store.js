// Calls a method of the store: it must answer once, in time, and fail only with its own error
// @ts-check
'use strict'

/** The worst case: a method waits for each of the driver's time limits. */
const LIMIT_MS = 20_000
/** For methods about many sessions. */
const LIMIT_FOR_MANY_MS = 120_000

/** @typedef {{ answer: any, error?: undefined } | { answer?: undefined, error: Error & { code?: string } }} Outcome */
/** @typedef {'get' | 'set' | 'touch' | 'destroy' | 'destroyMany' | 'all' | 'sessions' | 'length' | 'clear'} Method */

/**
 * @param {import('./checker').Checker} checker
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @param {boolean} byCallback false: by promise
 * @returns {Promise<Outcome>}
 */
async function callStore(checker, store, method, args, byCallback) {
  checker.pending++
  const isAboutOne = ['get', 'set', 'touch', 'destroy'].includes(method)
  const limit = isAboutOne ? LIMIT_MS : LIMIT_FOR_MANY_MS
  const late = setTimeout(
    () => checker.reportViolation(`${method} was not answered in ${limit / 1000} s`),
    limit,
  )
  // An iterator takes no callback
  const outcome = await (byCallback && method !== 'sessions'
    ? callWithCallback(checker, store, method, args)
    : callForPromise(store, method, args))
  clearTimeout(late)
  checker.pending--
  if (outcome.error) assertStoreError(checker, method, outcome.error)
  checker.countResult('direct', !outcome.error)
  return outcome
}

/**
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @returns {Promise<Outcome>}
 */
function callForPromise(store, method, args) {
  const promise = method === 'sessions' ? toArray(store.sessions(...args)) : store[method](...args)
  return promise.then(
    (/** @type {unknown} */ answer) => ({ answer }),
    (/** @type {Error} */ error) => ({ error }),
  )
}

/**
 * @param {import('./checker').Checker} checker
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @returns {Promise<Outcome>}
 */
function callWithCallback(checker, store, method, args) {
  let answers = 0
  return new Promise((resolve) => {
    store[method](...args, (/** @type {any} */ error, /** @type {unknown} */ answer) => {
      if (++answers > 1) checker.reportViolation(`${method} was answered ${answers} times`)
      resolve(error ? { error } : { answer })
    })
  })
}

/**
 * @param {import('./checker').Checker} checker
 * @param {Method} method
 * @param {Error & { code?: string }} error
 */
function assertStoreError(checker, method, { name, code, message }) {
  const operation = method.replace(/[A-Z]/g, '_$&').toUpperCase()
  if (name === 'MongoDBStoreError' && code === `ERR_MONGODB_STORE_${operation}`) return
  checker.reportViolation(`${method} failed with ${name} ${code}: ${message}`)
}

/** @param {AsyncIterable<unknown>} iterable */
async function toArray(iterable) {
  const array = []
  for await (const each of iterable) array.push(each)
  return array
}

module.exports = { callStore }
