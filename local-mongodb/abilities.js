// Finds out what a server can do, by trying
// @ts-check
'use strict'

const { randomBytes } = require('node:crypto')
const { withClient } = require('./ask')
const { probes } = require('./probes')
const { within } = require('./within')

const LIMIT_MS = 10_000

/** What it means that a probe came to nothing, where that is not false. */
const fallbacks = /** @type {Record<string, unknown>} */ ({ ttlRemoval: 'unknown' })

/**
 * @param {string} uri
 * @returns {Promise<import('./index').Abilities>}
 */
function abilitiesOf(uri) {
  return withClient(uri, async (client) => {
    const entries = Object.entries(probes).map(async ([name, probe]) => {
      const result = within(LIMIT_MS, tryOut(client, probe), 'no answer')
      return [name, await result.catch(() => fallbacks[name] ?? false)]
    })
    return Object.fromEntries(await Promise.all(entries))
  })
}

/**
 * @param {import('mongoose').mongo.MongoClient} client
 * @param {import('./probes').Probe} probe
 */
async function tryOut(client, probe) {
  const name = `scratch_${randomBytes(8).toString('hex')}`
  const db = client.db()
  const collection = db.collection(name)
  try {
    return await probe({ client, db, collection, name })
  } finally {
    // Where collections cannot be dropped, they can at least be emptied.
    await collection.drop().catch(() => collection.deleteMany({}))
  }
}

module.exports = { abilitiesOf }
