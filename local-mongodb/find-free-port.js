// Finds a free port for a server that may be stopped and started again
// @ts-check
'use strict'

const { randomInt } = require('node:crypto')
const net = require('node:net')

// Below the ephemeral ports: while the server is down, a connecting client could otherwise get its port
// and connect to itself.
const [FIRST, END] = [15_000, 32_000]

/** @returns {Promise<number>} */
async function findFreePort() {
  for (;;) {
    const port = randomInt(FIRST, END)
    if (await isFree(port)) return port
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

module.exports = { findFreePort }
