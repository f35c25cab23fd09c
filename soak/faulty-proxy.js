// A proxy before the server that injects faults
// @ts-check
'use strict'

const { once } = require('node:events')
const net = require('node:net')
const { setTimeout: delay } = require('node:timers/promises')
const { directUri, hostAddressOf } = require('local-mongodb')

class FaultyProxy {
  /** Delay of each message to the server, in ms. */
  latency = 0
  #uri
  #target
  #server
  /** @type {Set<net.Socket>} */
  #sockets = new Set()
  #hangs = false
  #refuses = false
  /** The next `left` replies are cut or lost. @type {{ how: 'cut' | 'lose', left: number }} */
  #brokenReplies = { how: 'cut', left: 0 }

  /** @param {string} uri of one server, which may start later */
  constructor(uri) {
    this.#uri = uri
    this.#target = hostAddressOf(uri)
    this.#server = net.createServer((client) => this.#connect(client))
  }

  /** @returns {Promise<string>} the connection string of the proxy */
  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = /** @type {net.AddressInfo} */ (this.#server.address())
    // With the members of a replica set, the driver would bypass the proxy
    return directUri(this.#uri, `127.0.0.1:${port}`)
  }

  /** Ends every connection. */
  reset() {
    for (const socket of this.#sockets) reset(socket)
  }

  /** Forwards nothing, and keeps the connections open. */
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
   * The server executes commands, but half (`cut`) or nothing (`lose`) of its next `count` replies is
   * forwarded, and their connections end.
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
      // After the half is sent
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
      // Each after the last: a delay must not change the order
      passed = passed.then(() => (to.writable ? write(/** @type {Buffer} */ (data)) : undefined))
    })
    from.on('error', () => {})
    for (const end of ['end', 'close']) from.on(end, () => reset(to))
    from.on('close', () => this.#sockets.delete(from))
    if (this.#hangs) from.pause()
  }
}

/**
 * Ends a connection by a reset only. After a normal end (FIN), the driver (mongodb 7.9) may still send a
 * command in the moment before it notices, and then waits for its reply forever. `resetAndDestroy` sends a
 * normal end first.
 *
 * @param {net.Socket} socket
 */
function reset(socket) {
  Object.assign(socket, { resetAndClosing: true }).destroy()
}

module.exports = { FaultyProxy }
