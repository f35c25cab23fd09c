// FerretDB on SQLite, built with the machine's Go: slower than mongod, and with fewer abilities
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { startChild } = require('../child')
const { buildFerretDB, versionOfFerretDB } = require('../ferretdb/build')

const READY = /^FERRETDB_URI=(\S+)$/m

/** @type {import('.').Starter} */
async function ferretdb({ log }) {
  const file = buildFerretDB(log)
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  const { uri, kind, child } = await startFerretDB(file, { dir, port: 0 })
  return { uri, kind, release: child.stop }
}

/**
 * @param {string} file
 * @param {{ dir: string, port: number }} where 0 for any free port
 */
async function startFerretDB(file, { dir, port }) {
  const child = startChild(file, ['-listen', `127.0.0.1:${port}`, '-data', dir], dir)
  try {
    const [, address] = await child.says(READY, 30_000)
    return { uri: `${address}test`, kind: `FerretDB ${versionOfFerretDB()} (SQLite)`, child }
  } catch (error) {
    await child.stop()
    throw error
  }
}

module.exports = Object.assign(ferretdb, { startFerretDB })
