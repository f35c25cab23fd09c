/** What takes long runs in full by `npm run test:all`, and in a short form by `npm test`. */
// @ts-check
'use strict'

const isFull = process.env.TEST_ALL === 'true'

/** Ends the names of tests that the short form leaves out; skipped-reporter.js looks for it. */
const MARK = '[only by `npm run test:all`]'

/**
 * The value for `npm run test:all`, or the one for `npm test`.
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

/**
 * A group for each name, of which the short form leaves out all but some, and names them.
 *
 * @template {string} Name
 * @param {readonly Name[]} names
 * @param {readonly NoInfer<Name>[]} inShort those that run in both forms
 * @param {(name: Name) => void} body
 */
function describeEach(names, inShort, body) {
  const unknown = inShort.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`no such group: ${unknown.join(', ')}`)
  for (const name of names) {
    const describeOne = inShort.includes(name) ? describe : describeInFull
    describeOne(name, () => body(name))
  }
}

module.exports = { MARK, fullOrShort, describeInFull, describeEach, itInFull }
