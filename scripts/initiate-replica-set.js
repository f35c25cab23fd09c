// For CI: makes a replica set of the servers at MONGODB_URI, and waits until it takes writes
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const { directUri } = require('local-mongodb')
const { MongoClient } = require('mongoose').mongo

const LIMIT_MS = 60_000

async function main() {
  const uri = /** @type {string} */ (process.env.MONGODB_URI)
  const hosts = new MongoClient(uri).options.hosts.map(String)
  // There is no set yet that the driver could look for
  const first = directUri(uri, String(hosts[0]))
  const client = new MongoClient(first, { serverSelectionTimeoutMS: LIMIT_MS })
  const admin = client.db('admin')
  const members = hosts.map((host, _id) => ({ _id, host }))
  await admin.command({ replSetInitiate: { _id: 'rs', members } })
  const end = Date.now() + LIMIT_MS
  for (;;) {
    const { primary, isWritablePrimary } = await admin.command({ hello: 1 })
    // Alone it may know of its election before it takes writes
    if (hosts.length > 1 ? primary : isWritablePrimary) break
    if (Date.now() > end) throw new Error('the replica set has no primary')
    await delay(200)
  }
  await client.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
