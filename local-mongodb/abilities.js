// Detects the abilities of a server by trying each
// @ts-check
'use strict'

const { randomBytes } = require('node:crypto')
const { withClient } = require('./client')
const { probes } = require('./probes')
const { withTimeout } = require('./with-timeout')

const LIMIT_MS = 10_000

/** The result of a probe that fails, if it is not false. */
const fallbacks = /** @type {Record<string, unknown>} */ ({ ttlRemoval: 'unknown' })

/**
 * @param {string} uri
 * @returns {Promise<import('./index.d.ts').Abilities>}
 */
async function detectAbilities(uri) {
  await withClient(uri, async () => {}) // rejects if there is no server
  const entries = Object.entries(probes).map(async ([name, probe]) => {
    // A client for each: a connection that breaks in one probe must not fail another
    const result = withClient(uri, (client) =>
      withTimeout(LIMIT_MS, runProbe(client, probe), 'no answer'),
    )
    return [name, await result.catch(() => fallbacks[name] ?? false)]
  })
  return Object.fromEntries(await Promise.all(entries))
}

/**
 * @param {import('mongoose').mongo.MongoClient} client
 * @param {import('./probes').Probe} probe
 */
async function runProbe(client, probe) {
  const name = `scratch_${randomBytes(8).toString('hex')}`
  const db = client.db()
  const collection = db.collection(name)
  try {
    return await probe({ client, db, collection, name })
  } finally {
    // A server that cannot drop collections can at least empty them.
    await collection.drop().catch(() => collection.deleteMany({}))
  }
}

module.exports = { detectAbilities }
