// Asks a server, with the driver that mongoose brings
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { within } = require('./within')

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
    // Saying goodbye waits for the server, which may hang.
    await within(1000, client.close(), 'not closed').catch(() => {})
  }
}

/**
 * @param {string} uri
 * @returns {Promise<string>} as `mongod 8.0.4`
 */
async function nameOf(uri) {
  const { version, ferretdbVersion } = await buildInfoOf(uri)
  // Its `version` is that of the MongoDB which it imitates.
  if (ferretdbVersion) return `FerretDB ${ferretdbVersion}`
  return String(version).includes('jongodb') ? 'jongodb' : `mongod ${version}`
}

/**
 * Whether it imitates MongoDB. Each mongod and mongos tells which engine runs its JavaScript, and be
 * it none.
 *
 * @param {string} uri
 */
async function isStandIn(uri) {
  const { ferretdb, ferretdbVersion, javascriptEngine } = await buildInfoOf(uri)
  return Boolean(ferretdb ?? ferretdbVersion ?? javascriptEngine === undefined)
}

/** @param {string} uri */
function buildInfoOf(uri) {
  return withClient(uri, (client) =>
    within(3000, client.db().command({ buildInfo: 1 }), 'no answer'),
  )
}

/**
 * The driver quotes a connection string it cannot read, password and all.
 *
 * @param {unknown} error
 */
function redacted(error) {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\/\/.*@/g, '//')
}

module.exports = { withClient, nameOf, isStandIn, redacted }
