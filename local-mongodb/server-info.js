// Asks a server which product and version it is
// @ts-check
'use strict'

const { withClient } = require('./client')
const { withTimeout } = require('./with-timeout')

/**
 * @param {string} uri
 * @returns {Promise<string>} as `mongod 8.0.4`
 */
async function productAndVersion(uri) {
  const { version, ferretdbVersion } = await buildInfoOf(uri)
  // Its `version` is the MongoDB version that it imitates.
  if (ferretdbVersion) return `FerretDB ${ferretdbVersion}`
  return String(version).includes('jongodb') ? 'jongodb' : `mongod ${version}`
}

/**
 * Whether it imitates MongoDB. Every mongod and mongos names its JavaScript engine, even if it is `none`.
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
    withTimeout(3000, client.db().command({ buildInfo: 1 }), 'no answer'),
  )
}

module.exports = { productAndVersion, isStandIn }
