// Where a server is: its address in a connection string, which may name several
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { withClient } = require('./ask')

/** The scheme, with the credentials; the hosts; the database; the options. */
const PARTS = /^(mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?)([^/?]*)(\/[^?]*)?(\?.*)?$/

/**
 * Of one server, whatever it says about others: of a replica set the primary. A connection string may
 * name all of its members, or one of them that is not the primary.
 *
 * @param {string} uri
 * @returns {Promise<string>}
 */
async function directUriOf(uri) {
  if (uri.startsWith('mongodb+srv:')) return uri // for TLS anyway, see `addressOf`
  return withClient(uri, async (client) => {
    const { directConnection, hosts } = client.options
    const { me } = await client.db('admin').command({ hello: 1 })
    const address = directConnection ? undefined : me
    return directUriAt(uri, address ?? `${hosts[0]}`)
  })
}

/**
 * For a proxy that stands before the server; with the driver's own parser.
 *
 * @param {string} uri
 * @returns {{ host: string, port: number }} of the first server that it names
 */
function addressOf(uri) {
  const { hosts, tls } = new MongoClient(uri).options
  const [first] = hosts
  if (tls || !first) throw new Error('a proxy cannot read TLS: take a server that goes without')
  return { host: first?.host ?? '127.0.0.1', port: first?.port ?? 27017 }
}

/**
 * @param {string} uri
 * @param {string} address of the one server, as `127.0.0.1:27017`
 */
function directUriAt(uri, address) {
  return withAddress(uri, address, { directConnection: 'true', replicaSet: undefined })
}

/**
 * @param {string} uri
 * @param {string} address in place of those that it names
 * @param {Record<string, string | undefined>} options undefined where there is to be none
 */
function withAddress(uri, address, options) {
  const { before, path, search } = partsOf(uri)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) search.delete(name)
    else search.set(name, value)
  }
  const text = `${search}`
  return `${before}${address}${path}${text && `?${text}`}`
}

/**
 * @param {string} uri
 * @param {string} database in place of the one that it names
 */
function withDatabase(uri, database) {
  const { before, hosts, search } = partsOf(uri)
  const { credentials } = new MongoClient(uri).options
  // Where it says nothing, users are looked up in the database
  if (credentials && !search.has('authSource')) search.set('authSource', credentials.source)
  const text = `${search}`
  return `${before}${hosts}/${database}${text && `?${text}`}`
}

/** @param {string} uri */
function partsOf(uri) {
  const [, before = '', hosts = '', path = '/', options = ''] = PARTS.exec(uri) ?? []
  return { before, hosts, path, search: new URLSearchParams(options) }
}

module.exports = { directUriOf, directUriAt, addressOf, withAddress, withDatabase }
