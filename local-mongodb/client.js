// A client of the driver that mongoose brings, with short time limits
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { withTimeout } = require('./with-timeout')

/**
 * @template T
 * @param {string} uri
 * @param {(client: MongoClient) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withClient(uri, use) {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3000, connectTimeoutMS: 3000 })
  try {
    await client.connect()
    return await use(client)
  } finally {
    // Closing waits for the server, which may hang.
    await withTimeout(1000, client.close(), 'not closed').catch(() => {})
  }
}

module.exports = { withClient }
