// A mongod which mongodb-memory-server has downloaded, or can download now
// @ts-check
'use strict'

const { reach } = require('../reach')
const { startMongod } = require('./mongod')

/** @type {import('.').Starter} */
module.exports = async function memoryServer({ log, only }) {
  // Only the binary is taken from it, so that the process is run and ended as any other mongod.
  const { DryMongoBinary, MongoBinary } = require('mongodb-memory-server-core')
  const options = await DryMongoBinary.generateOptions()
  let file = await DryMongoBinary.locateBinary(options)
  if (!file) {
    const {
      MongoBinaryDownloadUrl,
    } = require('mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl')
    // It would retry for long before it says that its host cannot be reached.
    await reach(await new MongoBinaryDownloadUrl(options).getDownloadUrl(), only ? 15_000 : 1500)
    log(`memory-server: getting mongod ${options.version}, a download of about 100 MB, once`)
    file = await MongoBinary.getPath()
  }
  const started = await startMongod(file)
  return { ...started, kind: `${started.kind} (of mongodb-memory-server)` }
}
