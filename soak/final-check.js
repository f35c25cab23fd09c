// Looks at every session that is stored, and at every one that should be, when all is quiet
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const { isDeepStrictEqual } = require('node:util')
const { call } = require('./calls')

const AT_ONCE = 50
/** How often it is counted, where an operation that was not answered comes in between. */
const TRIES = 5

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {readonly any[]} stores one for each collection
 * @returns {Promise<number>} how many sessions there have been, each of which it has accounted for
 */
async function checkAll(ledger, stores) {
  for (const store of stores) {
    const stored = await storedIn(ledger, store)
    const { collection } = store.options
    for (const [sid, value] of stored) {
      if (ledger.fateOf(collection, sid) || ledger.isUntold(value)) continue
      ledger.broken(`a session has come back, or nobody has made it: ${sid}, ${value}`)
    }
    const fates = ledger.fates(collection)
    for (const fate of fates) fate.found(stored.get(fate.sid) ?? null)
    for (let i = 0; i < fates.length; i += AT_ONCE) {
      await Promise.all(fates.slice(i, i + AT_ONCE).map((fate) => check(ledger, store, fate)))
    }
  }
  if (ledger.open !== 0) ledger.broken(`${ledger.open} calls were not answered`)
  return ledger.sessions
}

/**
 * Every session's value by its sid: by `all`, with which `sessions`, `length` and the collection agree.
 *
 * @param {import('./ledger').Ledger} ledger
 * @param {any} store
 * @returns {Promise<Map<string, number>>}
 */
async function storedIn(ledger, store) {
  let found = new Map()
  for (let tries = 1; ; tries++) {
    const [all, sessions] = [valuesOf(await ask('all')), valuesOf(await ask('sessions'))]
    const counts = [await ask('length'), await store.collection.countDocuments()]
    const sizes = [all.size, sessions.size, ...counts]
    found = all
    if (isDeepStrictEqual(all, sessions) && sizes.every((size) => size === all.size)) break
    if (tries === TRIES) {
      ledger.broken(`all, sessions, length and the collection differ: ${sizes.join(', ')}`)
      break
    }
    await delay(200)
  }
  return found

  /** @param {'all' | 'sessions' | 'length'} method */
  async function ask(method) {
    const { answer, error } = await call(ledger, store, method, [], false)
    if (error) ledger.broken(`the check itself failed: ${error.message}`)
    return answer ?? []
  }
}

/** @param {readonly { id: string, value: number }[]} sessions @returns {Map<string, number>} */
function valuesOf(sessions) {
  return new Map(sessions.map(({ id, value }) => [id, value]))
}

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {any} store
 * @param {import('./fate').Fate} fate
 */
async function check(ledger, store, fate) {
  const { answer, error } = await call(ledger, store, 'get', [fate.sid], false)
  if (error) ledger.broken(`the check itself failed: ${error.message}`)
  else fate.found(answer === null ? null : answer.value)
}

module.exports = { checkAll }
