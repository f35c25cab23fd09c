// A way to the server that can fail
// @ts-check
'use strict'

const { once } = require('node:events')
const net = require('node:net')
const { setTimeout: delay } = require('node:timers/promises')
const { directUri, hostAddressOf } = require('local-mongodb')

class FaultyProxy {
  /** How long each message to the server takes more. */
  latency = 0
  #uri
  #target
  #server
  /** @type {Set<net.Socket>} */
  #sockets = new Set()
  #hangs = false
  #refuses = false
  /** What becomes of the next so many answers. @type {{ how: 'cut' | 'lose', left: number }} */
  #brokenReplies = { how: 'cut', left: 0 }

  /** @param {string} uri of one server, which need not be there yet */
  constructor(uri) {
    this.#uri = uri
    this.#target = hostAddressOf(uri)
    this.#server = net.createServer((client) => this.#connect(client))
  }

  /** @returns {Promise<string>} the address to use in place of the server's */
  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = /** @type {net.AddressInfo} */ (this.#server.address())
    // The driver would go to its replica set, past the proxy
    return directUri(this.#uri, `127.0.0.1:${port}`)
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

  /**
   * The server does what it is told, and of its next `count` answers half is passed on, or nothing.
   *
   * @param {'cut' | 'lose'} how
   * @param {number} count
   */
  breakReplies(how, count) {
    this.#brokenReplies = { how, left: count }
  }

  restore() {
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
    const server = net.connect(this.#target)
    this.#pass(client, server, (data) => this.#later(() => server.write(data)))
    this.#pass(server, client, async (data) => {
      if (this.#brokenReplies.left === 0) return client.write(data)
      this.#brokenReplies.left--
      if (this.#brokenReplies.how === 'cut') client.write(data.subarray(0, data.length / 2))
      // When the half is on its way
      setImmediate(reset, client)
    })
  }

  /** @param {() => void} pass */
  async #later(pass) {
    if (this.latency > 0) await delay(this.latency)
    pass()
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   * @param {(data: Buffer) => Promise<unknown>} write
   */
  #pass(from, to, write) {
    /** @type {Promise<unknown>} */
    let passed = Promise.resolve()
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (data) => {
      // In order
      passed = passed.then(() => (to.writable ? write(/** @type {Buffer} */ (data)) : undefined))
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
