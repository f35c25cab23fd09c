/** Stores that are closed while they look for a server: nothing may keep the process alive. */
const { MongoDBStore } = require('../../..')

async function main() {
  const found = []
  // An hour, which the driver would keep the process alive for
  const connectionOptions = { serverSelectionTimeoutMS: 3_600_000 }
  const options = { uri: 'mongodb://127.0.0.1:9/test', connectionOptions }
  const [early, late] = [1, 2].map(() => new MongoDBStore(options, ({ code }) => found.push(code)))
  await early.close()
  await new Promise((resolve) => late.client.once('serverHeartbeatFailed', resolve))
  await late.close()
}

main()
