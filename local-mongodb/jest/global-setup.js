// Starts the server of a whole jest run and tells the tests where it is and what it can do
// @ts-check
'use strict'

const { startMongoDB, abilitiesOf, directUriOf } = require('..')

module.exports = async function globalSetup() {
  const server = await startMongoDB()
  if (server.isStandIn) console.log('tested on a stand-in: install mongod for the real thing')
  console.log(`Server: ${server.kind}`)
  // Here, for only what is global is shared with the teardown.
  Object.assign(globalThis, { localMongoDB: server })
  process.env.TEST_MONGODB_URI = server.uri
  process.env.TEST_MONGODB_SERVER = await directUriOf(server.uri)
  process.env.TEST_MONGODB_KIND = server.kind
  if (server.mongod) process.env.TEST_MONGOD = server.mongod
  process.env.TEST_MONGODB_ABILITIES = JSON.stringify(await abilitiesOf(server.uri))
}
