// The check at the end: every stored session, and every session that should be stored
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const { isDeepStrictEqual } = require('node:util')
const { callStore } = require('./call-store')

const AT_ONCE = 50
/** Counts again if an unanswered operation changes the collection between two counts. */
const TRIES = 5

/**
 * @param {import('./checker').Checker} checker
 * @param {readonly any[]} stores one for each collection
 * @returns {Promise<number>} how many sessions were created; all of them are checked
 */
async function checkAllSessions(checker, stores) {
  for (const store of stores) {
    const stored = await storedIn(checker, store)
    const { collection } = store.options
    for (const [sid, value] of stored) {
      if (checker.findSession(collection, sid) || checker.isPossiblyStored(value)) continue
      checker.reportViolation(`a session has come back, or nobody has made it: ${sid}, ${value}`)
    }
    const expectedSessions = checker.sessionsIn(collection)
    for (const expected of expectedSessions) expected.found(stored.get(expected.sid) ?? null)
    for (let i = 0; i < expectedSessions.length; i += AT_ONCE) {
      await Promise.all(
        expectedSessions.slice(i, i + AT_ONCE).map((expected) => check(checker, store, expected)),
      )
    }
  }
  if (checker.pending !== 0) checker.reportViolation(`${checker.pending} calls were not answered`)
  return checker.sessionCount
}

/**
 * Every session's value by its sid. `all`, `sessions`, `length` and the collection must agree.
 *
 * @param {import('./checker').Checker} checker
 * @param {any} store
 * @returns {Promise<Map<string, number>>}
 */
async function storedIn(checker, store) {
  let found = new Map()
  for (let tries = 1; ; tries++) {
    const [all, sessions] = [valuesOf(await ask('all')), valuesOf(await ask('sessions'))]
    const counts = [await ask('length'), await store.collection.countDocuments()]
    const sizes = [all.size, sessions.size, ...counts]
    found = all
    if (isDeepStrictEqual(all, sessions) && sizes.every((size) => size === all.size)) break
    if (tries === TRIES) {
      checker.reportViolation(
        `all, sessions, length and the collection differ: ${sizes.join(', ')}`,
      )
      break
    }
    await delay(200)
  }
  return found

  /** @param {'all' | 'sessions' | 'length'} method */
  async function ask(method) {
    const { answer, error } = await callStore(checker, store, method, [], false)
    if (error) checker.reportViolation(`the check itself failed: ${error.message}`)
    return answer ?? []
  }
}

/** @param {readonly { id: string, value: number }[]} sessions @returns {Map<string, number>} */
function valuesOf(sessions) {
  return new Map(sessions.map(({ id, value }) => [id, value]))
}

/**
 * @param {import('./checker').Checker} checker
 * @param {any} store
 * @param {import('./expected-session').ExpectedSession} expected
 */
async function check(checker, store, expected) {
  const { answer, error } = await callStore(checker, store, 'get', [expected.sid], false)
  if (error) checker.reportViolation(`the check itself failed: ${error.message}`)
  else expected.found(answer === null ? null : answer.value)
}

module.exports = { checkAllSessions }
