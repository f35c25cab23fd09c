// A server that can be killed and restarted with its data: mongod, or else FerretDB
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { buildFerretDB, ferretDBVersion } = require('./ferretdb/build')
const { findFreePort } = require('./find-free-port')
const { startFerretDB } = require('./providers/ferretdb')
const { startMongodAt } = require('./providers/mongod')
const { which } = require('./which')

/** @typedef {(place: { dir: string, port: number }) => Promise<{ child: import('./server-process').ServerProcess }>} Start */

/**
 * @param {import('./index.d.ts').DurableOptions} [options]
 * @returns {import('./index.d.ts').FoundDurableServer}
 */
function findDurableServer({ mongod = which('mongod'), log = () => {} } = {}) {
  if (mongod) return durableServerFrom('mongod', (place) => startMongodAt(mongod, place))
  try {
    const file = buildFerretDB(log)
    return durableServerFrom(`FerretDB ${ferretDBVersion()} (SQLite)`, (place) =>
      startFerretDB(file, place),
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    return { missing: `there is no mongod, and no FerretDB: ${reason}` }
  }
}

/**
 * @param {string} description
 * @param {Start} start
 */
function durableServerFrom(description, start) {
  return { description, create: () => createDurableServer(description, start) }
}

/**
 * @param {string} description
 * @param {Start} startAt
 * @returns {Promise<import('./index.d.ts').DurableServer>}
 */
async function createDurableServer(description, startAt) {
  const port = await findFreePort()
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  /** @type {import('./server-process').ServerProcess | undefined} */
  let child
  return {
    uri: `mongodb://127.0.0.1:${port}/test`,
    description,
    async start() {
      child = (await startAt({ dir, port })).child
    },
    async kill() {
      await child?.kill()
    },
    async stop() {
      await child?.stop()
      await fs.promises.rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

module.exports = { findDurableServer }
