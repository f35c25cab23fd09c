// On which servers the combinations are tried
// @ts-check
'use strict'

const { startMongoDB } = require('../local-mongodb')

/** @typedef {{ readonly LOCAL_MONGODB?: string }} Server what the tests are told, to find it */

/** Tried besides the one that the tests find by themselves. */
const OTHERS = ['jongodb', 'ferretdb']

/**
 * The one that the tests find, or are told by MONGODB_URI or LOCAL_MONGODB, and then every other that
 * there is; where they are told one, no other.
 *
 * @returns {Promise<Server[]>}
 */
async function found() {
  const { MONGODB_URI: uri, LOCAL_MONGODB: forced } = process.env
  if (uri || forced) return [{}]
  const names = new Set([await nameOf({})])
  /** @type {Server[]} */
  const servers = [{}]
  for (const kind of OTHERS) {
    const server = { LOCAL_MONGODB: kind }
    const name = await nameOf(server).catch(() => undefined)
    if (name === undefined || names.has(name)) continue
    names.add(name)
    servers.push(server)
  }
  return servers
}

/**
 * @param {Server} server
 * @returns {Promise<string>} rejects where there is none
 */
async function nameOf(server) {
  const { LOCAL_MONGODB: before } = process.env
  Object.assign(process.env, server)
  try {
    const { kind, stop } = await startMongoDB()
    await stop()
    return kind
  } finally {
    if (before === undefined) delete process.env.LOCAL_MONGODB
    else process.env.LOCAL_MONGODB = before
  }
}

module.exports = { found }
