// A mongod from the PATH or a given path, with a temporary data directory
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { productAndVersion } = require('../server-info')
const { startServerProcess } = require('../server-process')
const { findFreePort } = require('../find-free-port')
const { which } = require('../which')

const READY = /waiting for connections/i
const PORT_TAKEN = /address already in use/i

/** @type {import('.').Provider} */
async function mongod() {
  const file = which('mongod')
  if (!file) throw new Error('there is no mongod on the PATH')
  return startMongod(file)
}

/**
 * @param {string} file
 * @returns {Promise<import('.').ProvidedServer>}
 */
async function startMongod(file, attempts = 3) {
  const port = await findFreePort()
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  try {
    const { uri, description, child } = await startMongodAt(file, { dir, port })
    return { uri, description, stop: child.stop, mongod: file }
  } catch (error) {
    // Another process may have taken the free port meanwhile.
    if (attempts > 1 && PORT_TAKEN.test(String(error))) return startMongod(file, attempts - 1)
    throw error
  }
}

/**
 * @param {string} file
 * @param {{ dir: string, port: number }} place
 */
async function startMongodAt(file, { dir, port }) {
  const child = startServerProcess(file, argumentsFor(port, dir), dir)
  try {
    await child.waitForOutput(READY, 30_000)
    const uri = `mongodb://127.0.0.1:${port}/test`
    return { uri, description: await productAndVersion(uri), child }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/**
 * @param {number} port
 * @param {string} dir
 */
function argumentsFor(port, dir) {
  const args = ['--port', `${port}`, '--dbpath', dir, '--bind_ip', '127.0.0.1']
  // The default, once a minute, is too slow for tests of expiry.
  args.push('--setParameter', 'ttlMonitorSleepSecs=1')
  args.push('--setParameter', 'diagnosticDataCollectionEnabled=false')
  // Its socket file is outside the data directory, and would stay after a kill.
  if (process.platform !== 'win32') args.push('--nounixsocket')
  return args
}

module.exports = Object.assign(mongod, { startMongod, startMongodAt })
