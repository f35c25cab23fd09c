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
 * @returns {Promise<import('./index.d.ts').Abilities>}
 */
async function abilitiesOf(uri) {
  await withClient(uri, async () => {}) // where there is no server, nothing is known of it
  const entries = Object.entries(probes).map(async ([name, probe]) => {
    // A client each: a connection that one probe costs would fail others that share it
    const result = withClient(uri, (client) => within(LIMIT_MS, tryOut(client, probe), 'no answer'))
    return [name, await result.catch(() => fallbacks[name] ?? false)]
  })
  return Object.fromEntries(await Promise.all(entries))
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
