// Puts a proxy before a server that refuses what a real MongoDB refuses and a stand-in accepts
// @ts-check
'use strict'

const path = require('node:path')
const { startServerProcess } = require('../server-process')
const { REPLICA_SET } = require('./refusals')

const TOPOLOGIES = ['standalone', REPLICA_SET]
const READY = /^STRICT_URI=(\S+)$/m

/**
 * @param {import('../providers').ProvidedServer} server
 * @param {string} topology that it imitates
 * @returns {Promise<import('../providers').ProvidedServer>}
 */
async function startStrictProxy(server, topology) {
  try {
    if (!TOPOLOGIES.includes(topology)) {
      throw new Error(`LOCAL_MONGODB_STRICT may be ${TOPOLOGIES.join(' or ')}, but is ${topology}`)
    }
    const proxy = startServerProcess(process.execPath, [
      path.join(__dirname, 'proxy.js'),
      server.uri,
      topology,
    ])
    const stop = async () => {
      await proxy.stop()
      await server.stop()
    }
    try {
      const [, uri = ''] = await proxy.waitForOutput(READY, 10_000)
      return { ...server, uri, description: `${server.description}, strict as a ${topology}`, stop }
    } catch (error) {
      await proxy.stop()
      throw error
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

module.exports = { startStrictProxy }
