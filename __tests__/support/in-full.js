/** What takes long runs in full by `npm run test:all`, and in a short form by `npm test`. */
// @ts-check
'use strict'

const isFull = process.env.TEST_ALL === 'true'

/** Ends the name of what the short form leaves out: skipped-reporter.js tells of it. */
const MARK = '[only by `npm run test:all`]'

/**
 * How much to do: all of it, or as much as shows that the promise is broken.
 *
 * @template T
 * @param {T} full
 * @param {T} short
 * @returns {T}
 */
function fullOrShort(full, short) {
  return isFull ? full : short
}

/**
 * A group of tests that the short form leaves out, and names.
 *
 * @param {string} name
 * @param {() => void} body
 */
function describeInFull(name, body) {
  if (isFull) describe(name, body)
  else describe.skip(`${name} ${MARK}`, body)
}

/**
 * A test that the short form leaves out, and names.
 *
 * @param {string} name
 * @param {() => Promise<unknown> | void} body
 * @param {number} [timeout] in milliseconds
 */
function itInFull(name, body, timeout) {
  if (isFull) it(name, /** @type {jest.ProvidesCallback} */ (body), timeout)
  else it.skip(`${name} ${MARK}`, /** @type {jest.ProvidesCallback} */ (body))
}

module.exports = { MARK, fullOrShort, describeInFull, itInFull }
