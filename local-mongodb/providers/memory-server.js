// A mongod that mongodb-memory-server has downloaded, or can download now
// @ts-check
'use strict'

const { assertReachable } = require('../reachable')
const { startMongod } = require('./mongod')

/** @type {import('.').Provider} */
module.exports = async function memoryServer({ log, isOnlyProvider }) {
  // Only its binary is used: the process is started and stopped as any other mongod.
  const { DryMongoBinary, MongoBinary } = require('mongodb-memory-server-core')
  const options = await DryMongoBinary.generateOptions()
  let file = await DryMongoBinary.locateBinary(options)
  if (!file) {
    const {
      MongoBinaryDownloadUrl,
    } = require('mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl')
    // By itself it retries for a long time before it fails.
    await assertReachable(
      await new MongoBinaryDownloadUrl(options).getDownloadUrl(),
      isOnlyProvider ? 15_000 : 1500,
    )
    log(`memory-server: getting mongod ${options.version}, a download of about 100 MB, once`)
    file = await MongoBinary.getPath()
  }
  const started = await startMongod(file)
  return { ...started, description: `${started.description} (of mongodb-memory-server)` }
}
