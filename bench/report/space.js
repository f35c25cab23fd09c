// What a session takes on the server, and how many the server has to remove
// @ts-check
'use strict'

const { BSON } = require('mongoose').mongo
const { sampleSession } = require('../sample')

/** How express-session's ids are: 24 random bytes in base64url. */
const SID = 'x'.repeat(32)

/** An index entry is its key, in the server's form for comparing, and where the record is. */
const RECORD_ID = 4
const KEY_OF_TEXT = SID.length + 3
const KEY_OF_DATE = 10

/** Seconds between two looks of the TTL monitor. */
const MONITOR = 60

/** @param {number} bytes what the app keeps in a session, about */
function spaceOf(bytes) {
  const expires = new Date(0)
  const cookie = { originalMaxAge: 1.5, expires, secure: true, httpOnly: true, path: '/' }
  const session = { cookie, ...sampleSession(bytes) }
  return {
    record: BSON.calculateObjectSize({ _id: SID, expires, session }),
    indexes: KEY_OF_TEXT + KEY_OF_DATE + 2 * RECORD_ID,
  }
}

/** As many as are made, once as many end as begin. @param {number} sessions @param {number} seconds that each lives */
function removals(sessions, seconds) {
  return { inSecond: sessions / seconds, atOnce: (sessions / seconds) * MONITOR }
}

module.exports = { spaceOf, removals }
