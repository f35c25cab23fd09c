// A server that can be killed and restarted with its data: mongod, or else FerretDB
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { buildFerretDB, versionOfFerretDB } = require('./ferretdb/build')
const { freePort } = require('./free-port')
const { startFerretDB } = require('./kinds/ferretdb')
const { startMongodAt } = require('./kinds/mongod')
const { onPath } = require('./on-path')

/** @typedef {(where: { dir: string, port: number }) => Promise<{ child: import('./child').Child }>} Start */

/**
 * @param {import('./index.d.ts').DurableOptions} [options]
 * @returns {import('./index.d.ts').FoundDurableServer}
 */
function findDurableServer({ mongod = onPath('mongod'), log = () => {} } = {}) {
  if (mongod) return found('mongod', (where) => startMongodAt(mongod, where))
  try {
    const file = buildFerretDB(log)
    return found(`FerretDB ${versionOfFerretDB()} (SQLite)`, (where) => startFerretDB(file, where))
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    return { missing: `there is no mongod, and no FerretDB: ${reason}` }
  }
}

/**
 * @param {string} kind
 * @param {Start} start
 */
function found(kind, start) {
  return { kind, create: () => createDurableServer(kind, start) }
}

/**
 * @param {string} kind
 * @param {Start} startAt
 * @returns {Promise<import('./index.d.ts').DurableServer>}
 */
async function createDurableServer(kind, startAt) {
  const port = await freePort()
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'local-mongodb-'))
  /** @type {import('./child').Child | undefined} */
  let child
  return {
    uri: `mongodb://127.0.0.1:${port}/test`,
    kind,
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
