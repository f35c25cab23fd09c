// Finds a port that a server can have for as long as it likes
// @ts-check
'use strict'

const { randomInt } = require('node:crypto')
const net = require('node:net')

// Below what systems give to clients: while a server is down, a client that tries to reach it could
// be given its port, and would then talk to itself.
const [FIRST, END] = [15_000, 32_000]

/** @returns {Promise<number>} */
async function freePort() {
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

module.exports = { freePort }
