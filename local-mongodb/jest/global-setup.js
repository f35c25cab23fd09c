// Starts the server of a whole jest run and tells the tests where it is and what it can do
// @ts-check
'use strict'

const { startMongoDB, abilitiesOf } = require('..')

module.exports = async function globalSetup() {
  const server = await startMongoDB()
  // Here, for only what is global is shared with the teardown.
  Object.assign(globalThis, { localMongoDB: server })
  process.env.TEST_MONGODB_URI = server.uri
  process.env.TEST_MONGODB_KIND = server.kind
  if (server.mongod) process.env.TEST_MONGOD = server.mongod
  process.env.TEST_MONGODB_ABILITIES = JSON.stringify(await abilitiesOf(server.uri))
  console.log(`Server: ${server.kind}`)
}
