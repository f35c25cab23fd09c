// FerretDB on SQLite, built with the machine's Go: slower than mongod, and with fewer abilities
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { startServerProcess } = require('../server-process')
const { buildFerretDB, ferretDBVersion } = require('../ferretdb/build')

const READY = /^FERRETDB_URI=(\S+)$/m

/** @type {import('.').Provider} */
async function ferretdb({ log }) {
  const file = buildFerretDB(log)
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  const { uri, description, child } = await startFerretDB(file, { dir, port: 0 })
  return { uri, description, stop: child.stop }
}

/**
 * @param {string} file
 * @param {{ dir: string, port: number }} place port 0 for any free one
 */
async function startFerretDB(file, { dir, port }) {
  const child = startServerProcess(file, ['-listen', `127.0.0.1:${port}`, '-data', dir], dir)
  try {
    const [, address] = await child.waitForOutput(READY, 30_000)
    return { uri: `${address}test`, description: `FerretDB ${ferretDBVersion()} (SQLite)`, child }
  } catch (error) {
    await child.stop()
    throw error
  }
}

module.exports = Object.assign(ferretdb, { startFerretDB })
