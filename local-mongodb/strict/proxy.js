// Runs the strict proxy before a server: `node proxy.js <its uri> <standalone or replica-set>`
// @ts-check
'use strict'

const { once } = require('node:events')
const net = require('node:net')
const { setTimeout: delay } = require('node:timers/promises')
const { MongoClient } = require('mongoose').mongo
const { hostAddressOf, withHosts } = require('../connection-string')
const { ProxyConnection } = require('./proxy-connection')
const { indexConflict } = require('./index-conflicts')
const { Member, SET_NAME } = require('./members')
const { RetryableWrites } = require('./retryable-writes')
const { REPLICA_SET } = require('./refusals')

/** @typedef {import('../wire-protocol').Document} Document */
/** @typedef {import('./proxy-connection').Reply} Reply */

const MEMBERS = 3
/** Creating an index takes a while, so that a test fails if the store should wait for it and does not. */
const INDEX_DELAY_MS = 50

/**
 * @param {string} uri
 * @param {string} topology
 */
async function main(uri, topology) {
  const isReplicaSet = topology === REPLICA_SET
  const listening = Array.from({ length: isReplicaSet ? MEMBERS : 1 }, listen)
  const servers = await Promise.all(listening)
  const addresses = servers.map((server) => {
    const { port } = /** @type {net.AddressInfo} */ (server.address())
    return `127.0.0.1:${port}`
  })
  const shared = {
    target: hostAddressOf(uri),
    retryableWrites: new RetryableWrites(topology),
    createIndexes: indexCreator(await new MongoClient(uri).connect()),
  }
  for (const [i, server] of servers.entries()) {
    const context = { ...shared, member: new Member(topology, addresses, i) }
    server.on('connection', (socket) => void new ProxyConnection(socket, context))
  }
  const options = isReplicaSet ? { replicaSet: SET_NAME } : {}
  console.log(`STRICT_URI=${withHosts(uri, addresses.join(), options)}`)
}

async function listen() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** @param {MongoClient} client */
function indexCreator(client) {
  /** One at a time: each must see the indexes that the last has created. @type {Promise<unknown>} */
  let last = Promise.resolve()
  /** @param {Document} command @param {() => Promise<Reply>} forward @returns {Promise<Reply>} */
  return (command, forward) => {
    const next = last.then(async () => {
      const collection = client.db(command.$db).collection(command.createIndexes)
      // The collection may not exist yet
      const conflict = indexConflict(command, await collection.indexes().catch(() => []))
      await delay(INDEX_DELAY_MS)
      return conflict ?? forward()
    })
    last = next.catch(() => {})
    return next
  }
}

main(String(process.argv[2]), String(process.argv[3])).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
