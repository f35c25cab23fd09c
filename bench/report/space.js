// The space of a session on the server, and the rate of removals
// @ts-check
'use strict'

const { BSON } = require('mongoose').mongo
const { sampleSession } = require('../sample-session')

/** express-session's ids are 24 random bytes in base64url. */
const SID = 'x'.repeat(32)

/** An index entry: the key, as the server compares it, and the record's position. */
const RECORD_ID = 4
const KEY_OF_TEXT = SID.length + 3
const KEY_OF_DATE = 10

/** Seconds between two runs of the TTL monitor. */
const MONITOR = 60

/** @param {number} bytes the approximate size of the app's data in a session */
function spaceOf(bytes) {
  const expires = new Date(0)
  const cookie = { originalMaxAge: 1.5, expires, secure: true, httpOnly: true, path: '/' }
  const session = { cookie, ...sampleSession(bytes) }
  return {
    record: BSON.calculateObjectSize({ _id: SID, expires, session }),
    indexes: KEY_OF_TEXT + KEY_OF_DATE + 2 * RECORD_ID,
  }
}

/** In a steady state, as many end as are created. @param {number} sessions @param {number} seconds the lifetime of each */
function removals(sessions, seconds) {
  return { inSecond: sessions / seconds, atOnce: (sessions / seconds) * MONITOR }
}

module.exports = { spaceOf, removals }
