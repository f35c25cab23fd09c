// Calls of the store's methods: each has to be answered once, in time, and cleanly
// @ts-check
'use strict'

/** What a method may take in the worst case, that of waiting for each of the driver's time limits. */
const LIMIT_MS = 20_000
/** What is about many sessions may take longer. */
const LIMIT_OF_MANY_MS = 120_000

/** @typedef {{ answer: any, error?: undefined } | { answer?: undefined, error: Error & { code?: string } }} Outcome */
/** @typedef {'get' | 'set' | 'touch' | 'destroy' | 'destroyMany' | 'all' | 'sessions' | 'length' | 'clear'} Method */

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @param {boolean} byCallback else by promise
 * @returns {Promise<Outcome>}
 */
async function call(ledger, store, method, args, byCallback) {
  ledger.open++
  const isOfOne = ['get', 'set', 'touch', 'destroy'].includes(method)
  const limit = isOfOne ? LIMIT_MS : LIMIT_OF_MANY_MS
  const late = setTimeout(
    () => ledger.broken(`${method} was not answered in ${limit / 1000} s`),
    limit,
  )
  // An iterator takes no callback
  const outcome = await (byCallback && method !== 'sessions'
    ? called(ledger, store, method, args)
    : promised(store, method, args))
  clearTimeout(late)
  ledger.open--
  if (outcome.error) assertClean(ledger, method, outcome.error)
  ledger.result('direct', !outcome.error)
  return outcome
}

/**
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @returns {Promise<Outcome>}
 */
function promised(store, method, args) {
  const promise = method === 'sessions' ? arrayOf(store.sessions(...args)) : store[method](...args)
  return promise.then(
    (/** @type {unknown} */ answer) => ({ answer }),
    (/** @type {Error} */ error) => ({ error }),
  )
}

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {any} store
 * @param {Method} method
 * @param {unknown[]} args
 * @returns {Promise<Outcome>}
 */
function called(ledger, store, method, args) {
  let answers = 0
  return new Promise((resolve) => {
    store[method](...args, (/** @type {any} */ error, /** @type {unknown} */ answer) => {
      if (++answers > 1) ledger.broken(`${method} was answered ${answers} times`)
      resolve(error ? { error } : { answer })
    })
  })
}

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {Method} method
 * @param {Error & { code?: string }} error
 */
function assertClean(ledger, method, { name, code, message }) {
  const operation = method.replace(/[A-Z]/g, '_$&').toUpperCase()
  if (name === 'MongoDBStoreError' && code === `ERR_MONGODB_STORE_${operation}`) return
  ledger.broken(`${method} failed with ${name} ${code}: ${message}`)
}

/** @param {AsyncIterable<unknown>} iterable */
async function arrayOf(iterable) {
  const array = []
  for await (const each of iterable) array.push(each)
  return array
}

module.exports = { call }
