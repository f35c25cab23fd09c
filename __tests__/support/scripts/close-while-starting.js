/** A store that is closed while the server makes its index: nothing may keep the process alive. */
const { MongoDBStore } = require('../../..')

async function main() {
  const { URI: uri, COLLECTION: collection, MONGOOSE: mongoose } = process.env
  // An hour, which the driver would keep the process alive for
  const options = { monitorCommands: true, serverSelectionTimeoutMS: 3_600_000 }
  const connection = mongoose ? require(mongoose).createConnection(uri, options) : undefined
  const where = connection ? { connection } : { uri, connectionOptions: options }
  const store = new MongoDBStore({ ...where, collection })
  const isBeingMade = new Promise((resolve) => {
    store.client.on('commandStarted', ({ commandName }) => {
      if (commandName === 'createIndexes') resolve()
    })
  })
  await store.set('a', { cookie: {} })
  await isBeingMade
  await store.close()
  await connection?.close()
  console.log('closed')
}

main()
