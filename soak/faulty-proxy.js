// A way to the server that can fail
// @ts-check
'use strict'

const { once } = require('node:events')
const net = require('node:net')
const { setTimeout: delay } = require('node:timers/promises')

class FaultyProxy {
  /** How long each message to the server takes more. */
  latency = 0
  #target
  #server
  /** @type {Set<net.Socket>} */
  #sockets = new Set()
  #hangs = false
  #refuses = false

  /** @param {string} uri of the server, which need not be there yet */
  constructor(uri) {
    this.#target = new URL(uri)
    this.#server = net.createServer((client) => this.#connect(client))
  }

  /** @returns {Promise<string>} the address to use in place of the server's */
  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = /** @type {net.AddressInfo} */ (this.#server.address())
    const { pathname } = this.#target
    return `mongodb://127.0.0.1:${port}${pathname}`
  }

  /** Ends every connection. */
  reset() {
    for (const socket of this.#sockets) reset(socket)
  }

  /** Nothing comes through any more, and nobody is told. */
  hang() {
    this.#hangs = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** Ends every connection, and each new one. */
  refuse() {
    this.#refuses = true
    this.reset()
  }

  heal() {
    this.latency = 0
    this.#refuses = false
    this.#hangs = false
    for (const socket of this.#sockets) socket.resume()
  }

  async close() {
    this.reset()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** @param {net.Socket} client */
  #connect(client) {
    if (this.#refuses) {
      client.on('error', () => {})
      return reset(client)
    }
    const server = net.connect(Number(this.#target.port), this.#target.hostname)
    this.#pass(client, server, () => this.latency)
    this.#pass(server, client, () => 0)
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   * @param {() => number} latency
   */
  #pass(from, to, latency) {
    let passed = Promise.resolve()
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (data) => {
      // In order, and at once where there is no latency
      const ms = latency()
      passed = passed
        .then(() => (ms > 0 ? delay(ms) : undefined))
        .then(() => {
          if (to.writable) to.write(data)
        })
    })
    from.on('error', () => {})
    for (const end of ['end', 'close']) from.on(end, () => reset(to))
    from.on('close', () => this.#sockets.delete(from))
    if (this.#hangs) from.pause()
  }
}

/**
 * An end is always a reset. Where a connection ends in good order, the driver (mongodb 7.9) may send
 * a command on it in the moment before it hears of that, and then waits for its answer for ever.
 * `resetAndDestroy` does end it in good order first.
 *
 * @param {net.Socket} socket
 */
function reset(socket) {
  Object.assign(socket, { resetAndClosing: true }).destroy()
}

module.exports = { FaultyProxy }
