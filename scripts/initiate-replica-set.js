// For CI: makes a replica set of the server at MONGODB_URI, and waits until it takes writes
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const mongoose = require('mongoose')

const LIMIT_MS = 60_000

async function main() {
  const uri = /** @type {string} */ (process.env.MONGODB_URI)
  const options = { serverSelectionTimeoutMS: LIMIT_MS, directConnection: true }
  const connection = await mongoose.createConnection(uri, options).asPromise()
  const admin = /** @type {import('mongoose').mongo.Admin} */ (connection.db?.admin())
  const members = [{ _id: 0, host: '127.0.0.1:27017' }]
  await admin.command({ replSetInitiate: { _id: 'rs', members } })
  const end = Date.now() + LIMIT_MS
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
    if (Date.now() > end) throw new Error('the replica set has no primary')
    await delay(200)
  }
  await connection.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
