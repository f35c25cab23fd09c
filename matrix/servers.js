// The servers to test on
// @ts-check
'use strict'

const { startMongoDB } = require('../local-mongodb')

/** @typedef {{ readonly LOCAL_MONGODB?: string }} Server the environment by which the tests find it */

/** Used besides the server that the tests find by themselves. */
const OTHERS = ['jongodb', 'ferretdb']

/**
 * The server that the tests find by themselves, and every other that can be started. With MONGODB_URI
 * or LOCAL_MONGODB, only that one.
 *
 * @returns {Promise<Server[]>}
 */
async function available() {
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
 * @returns {Promise<string>} rejects if there is none
 */
async function nameOf(server) {
  const { LOCAL_MONGODB: before } = process.env
  Object.assign(process.env, server)
  try {
    const { description, stop } = await startMongoDB()
    await stop()
    return description
  } finally {
    if (before === undefined) delete process.env.LOCAL_MONGODB
    else process.env.LOCAL_MONGODB = before
  }
}

module.exports = { available }
