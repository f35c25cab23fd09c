// Runs the strict proxy before a server: `node proxy.js <its uri> <standalone or replica-set>`
// @ts-check
'use strict'

const { once } = require('node:events')
const net = require('node:net')
const { setTimeout: delay } = require('node:timers/promises')
const { MongoClient } = require('mongoose').mongo
const { addressOf, withAddress } = require('../address')
const { Connection } = require('./connection')
const { refusalOfIndexes } = require('./indexes')
const { Member, SET_NAME } = require('./members')
const { Retries } = require('./retries')
const { REPLICA_SET } = require('./rules')

/** @typedef {import('./wire').Document} Document */
/** @typedef {import('./connection').Reply} Reply */

const MEMBERS = 3
/** What it takes to make an index, or to find that it is there: what does not wait for it, comes before. */
const INDEX_MS = 50

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
    target: addressOf(uri),
    retries: new Retries(topology),
    makeIndexes: makingIndexes(await new MongoClient(uri).connect()),
  }
  for (const [i, server] of servers.entries()) {
    const surroundings = { ...shared, member: new Member(topology, addresses, i) }
    server.on('connection', (socket) => void new Connection(socket, surroundings))
  }
  const options = isReplicaSet ? { replicaSet: SET_NAME } : {}
  console.log(`STRICT_URI=${withAddress(uri, addresses.join(), options)}`)
}

async function listen() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** @param {MongoClient} client */
function makingIndexes(client) {
  /** @type {Promise<unknown>} one after the other, or two may look before either is made */
  let last = Promise.resolve()
  /** @param {Document} command @param {() => Promise<Reply>} make @returns {Promise<Reply>} */
  return (command, make) => {
    const next = last.then(async () => {
      const collection = client.db(command.$db).collection(command.createIndexes)
      // There may be no such collection yet
      const refusal = refusalOfIndexes(command, await collection.indexes().catch(() => []))
      await delay(INDEX_MS)
      return refusal ?? make()
    })
    last = next.catch(() => {})
    return next
  }
}

main(String(process.argv[2]), String(process.argv[3])).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
