// Looks at every session of the ledger once more, when all is quiet
// @ts-check
'use strict'

const { call } = require('./calls')

const AT_ONCE = 50

/**
 * @param {import('./ledger').Ledger} ledger
 * @param {any} store
 * @returns {Promise<number>} how many sessions it has looked at
 */
async function checkAll(ledger, store) {
  const fates = ledger.fates()
  for (let i = 0; i < fates.length; i += AT_ONCE) {
    await Promise.all(fates.slice(i, i + AT_ONCE).map((fate) => check(ledger, store, fate)))
  }
  if (ledger.open !== 0) ledger.broken(`${ledger.open} calls were not answered`)
  return fates.length
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
