// A mongod with a fresh and passing data directory, found on the PATH or at a given place
// @ts-check
'use strict'

const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { nameOf } = require('../ask')
const { startChild } = require('../child')

const READY = /waiting for connections/i
const PORT_TAKEN = /address already in use/i

/** @type {import('.').Starter} */
async function mongod() {
  const file = onPath(process.platform === 'win32' ? 'mongod.exe' : 'mongod')
  if (!file) throw new Error('there is no mongod on the PATH')
  return startMongod(file)
}

/**
 * @param {string} file
 * @returns {Promise<import('.').Started>}
 */
async function startMongod(file, attempts = 3) {
  const port = await freePort()
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  const child = startChild(file, argumentsFor(port, dir), dir)
  try {
    await child.says(READY, 30_000)
    const uri = `mongodb://127.0.0.1:${port}/test`
    return { uri, kind: await nameOf(uri), release: child.stop }
  } catch (error) {
    await child.stop()
    // Between finding a free port and using it, another process may have taken it.
    if (attempts > 1 && PORT_TAKEN.test(String(error))) return startMongod(file, attempts - 1)
    throw error
  }
}

/**
 * @param {number} port
 * @param {string} dir
 */
function argumentsFor(port, dir) {
  const args = ['--port', `${port}`, '--dbpath', dir, '--bind_ip', '127.0.0.1']
  // Once a minute, the default, is too seldom for a test to see documents expire.
  args.push('--setParameter', 'ttlMonitorSleepSecs=1')
  args.push('--setParameter', 'diagnosticDataCollectionEnabled=false')
  // Its socket file lies outside of the data directory and would stay when it is killed.
  if (process.platform !== 'win32') args.push('--nounixsocket')
  return args
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

/** @param {string} name */
function onPath(name) {
  const dirs = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return dirs.map((dir) => path.join(dir, name)).find(isExecutable)
}

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

module.exports = Object.assign(mongod, { startMongod })
