// `node local-mongodb --print`: runs a server until Ctrl-C
// @ts-check
'use strict'

const USAGE = `Usage: node local-mongodb --print

Finds or starts a MongoDB, prints its address and description, and stops it on Ctrl-C.

MONGODB_URI    the server to use instead of starting one
LOCAL_MONGODB  forces one way to get a server: uri, mongod, memory-server, jongodb or
               ferretdb
LOCAL_MONGODB_STRICT
               standalone or replica-set: a proxy before it refuses what every MongoDB refuses`

/** @param {typeof import('./index.d.ts').startMongoDB} startMongoDB */
async function print(startMongoDB) {
  /** @type {Promise<void>} */
  const stopRequested = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve())
  })
  // Neither a signal handler nor the server keeps this process running.
  const keepAlive = setInterval(() => {}, 2 ** 30)
  try {
    const server = await startMongoDB({ log: console.error })
    console.log(server.uri)
    console.log(server.description)
    await stopRequested
    await server.stop()
  } finally {
    clearInterval(keepAlive)
  }
}

/**
 * @param {string | undefined} option
 * @param {typeof import('./index.d.ts').startMongoDB} startMongoDB
 */
module.exports = function commandLine(option, startMongoDB) {
  if (option === '--print') {
    print(startMongoDB).catch((error) => {
      console.error(error.message)
      process.exitCode = 1
    })
  } else {
    console.log(USAGE)
    process.exitCode = option === '--help' ? 0 : 1
  }
}
