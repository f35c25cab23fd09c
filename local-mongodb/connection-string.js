// Connection strings: their hosts, database and credentials
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { withClient } = require('./client')

/** The scheme, with the credentials; the hosts; the database; the options. */
const PARTS = /^(mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?)([^/?]*)(\/[^?]*)?(\?.*)?$/

/**
 * A direct connection to the server: to the primary, if it is a replica set.
 *
 * @param {string} uri
 * @returns {Promise<string>}
 */
async function primaryUri(uri) {
  if (uri.startsWith('mongodb+srv:')) return uri // always with TLS, which a proxy cannot read
  return withClient(uri, async (client) => {
    const { directConnection, hosts } = client.options
    const { me } = await client.db('admin').command({ hello: 1 })
    const address = directConnection ? undefined : me
    return directUri(uri, address ?? `${hosts[0]}`)
  })
}

/**
 * What a proxy before the server connects to. Throws if the connection uses TLS: a proxy could not read it.
 *
 * @param {string} uri
 * @returns {{ host: string, port: number }} of the first server that it names
 */
function hostAddressOf(uri) {
  const { hosts, tls } = new MongoClient(uri).options
  const [first] = hosts
  if (tls || !first) throw new Error('a proxy cannot read TLS: take a server that goes without')
  return { host: first?.host ?? '127.0.0.1', port: first?.port ?? 27017 }
}

/**
 * @param {string} uri
 * @param {string} host the one to connect to, as `127.0.0.1:27017`
 */
function directUri(uri, host) {
  return withHosts(uri, host, { directConnection: 'true', replicaSet: undefined })
}

/**
 * @param {string} uri
 * @param {string} newHosts instead of its own, separated by commas
 * @param {Record<string, string | undefined>} options to add; undefined removes one
 */
function withHosts(uri, newHosts, options) {
  const { before, path, search } = partsOf(uri)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) search.delete(name)
    else search.set(name, value)
  }
  const text = `${search}`
  return `${before}${newHosts}${path}${text && `?${text}`}`
}

/**
 * @param {string} uri
 * @param {string} database instead of its own
 */
function withDatabase(uri, database) {
  const { before, hosts, search } = partsOf(uri)
  const { credentials } = new MongoClient(uri).options
  // Without `authSource`, the driver authenticates against the database
  if (credentials && !search.has('authSource')) search.set('authSource', credentials.source)
  const text = `${search}`
  return `${before}${hosts}/${database}${text && `?${text}`}`
}

/** @param {string} uri */
function partsOf(uri) {
  const [, before = '', hosts = '', path = '/', options = ''] = PARTS.exec(uri) ?? []
  return { before, hosts, path, search: new URLSearchParams(options) }
}

/**
 * The driver quotes a connection string that it cannot parse, with its password.
 *
 * @param {unknown} error
 * @returns {string} its message
 */
function messageWithoutCredentials(error) {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\/\/.*@/g, '//')
}

module.exports = {
  primaryUri,
  directUri,
  hostAddressOf,
  withHosts,
  withDatabase,
  messageWithoutCredentials,
}
