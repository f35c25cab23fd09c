// Puts a proxy before a stand-in that is as strict as a real MongoDB where the stand-in is not
// @ts-check
'use strict'

const path = require('node:path')
const { startChild } = require('../child')
const { REPLICA_SET } = require('./rules')

const TOPOLOGIES = ['standalone', REPLICA_SET]
const READY = /^STRICT_URI=(\S+)$/m

/**
 * @param {import('../kinds').Started} server
 * @param {string} topology what it is to pass for
 * @returns {Promise<import('../kinds').Started>}
 */
async function withStrictness(server, topology) {
  try {
    if (!TOPOLOGIES.includes(topology)) {
      throw new Error(`LOCAL_MONGODB_STRICT may be ${TOPOLOGIES.join(' or ')}, but is ${topology}`)
    }
    const proxy = startChild(process.execPath, [
      path.join(__dirname, 'proxy.js'),
      server.uri,
      topology,
    ])
    const release = async () => {
      await proxy.stop()
      await server.release()
    }
    try {
      const [, uri = ''] = await proxy.says(READY, 10_000)
      return { ...server, uri, kind: `${server.kind}, strict as a ${topology}`, release }
    } catch (error) {
      await proxy.stop()
      throw error
    }
  } catch (error) {
    await server.release()
    throw error
  }
}

module.exports = { withStrictness }
