// Starts the server of a jest run, and passes its address and abilities to the tests
// @ts-check
'use strict'

const { startMongoDB, detectAbilities, primaryUri } = require('..')

module.exports = async function globalSetup() {
  const server = await startMongoDB()
  if (server.isStandIn) console.log('tested on a stand-in: install mongod for the real thing')
  console.log(`Server: ${server.description}`)
  // The teardown shares nothing else with the setup.
  Object.assign(globalThis, { localMongoDB: server })
  process.env.TEST_MONGODB_URI = server.uri
  process.env.TEST_MONGODB_SERVER = await primaryUri(server.uri)
  process.env.TEST_MONGODB_KIND = server.description
  if (server.mongod) process.env.TEST_MONGOD = server.mongod
  process.env.TEST_MONGODB_ABILITIES = JSON.stringify(await detectAbilities(server.uri))
}
