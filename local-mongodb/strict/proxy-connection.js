// One connection of a client through the strict proxy
// @ts-check
'use strict'

const net = require('node:net')
const {
  onMessage,
  parseRequest,
  parseReply,
  encodeReply,
  encodeRequest,
  readdressed,
  expectsReply,
  allowsExhaust,
} = require('../wire-protocol')
const { refusalOf } = require('./refusals')
const { withoutRefusedWrites } = require('./refused-writes')

/** @typedef {import('../wire-protocol').Document} Document */
/** @typedef {import('../wire-protocol').Request} Request */
/** @typedef {Buffer | Document} Reply as the server sent it, or made here */

/**
 * @typedef {object} ProxyContext
 * @property {import('./members').Member} member
 * @property {{ host: string, port: number }} target
 * @property {(command: Document, forward: () => Promise<Reply>) => Promise<Reply>} createIndexes
 * @property {import('./retryable-writes').RetryableWrites} retryableWrites
 */

class ProxyConnection {
  #client
  #server
  #member
  #context
  /** Request id → what to do with its reply. @type {Map<number, { resolve: (reply: Buffer) => void, reject: (error: Error) => void }>} */
  #pending = new Map()
  /** The last message's: messages are handled in order. @type {Promise<unknown>} */
  #handled = Promise.resolve()
  /** @type {Document | undefined} */
  #hello
  /** @type {Set<NodeJS.Timeout>} */
  #timers = new Set()
  #ownIds = 0

  /**
   * @param {net.Socket} client
   * @param {ProxyContext} context
   */
  constructor(client, context) {
    this.#client = client
    this.#context = context
    this.#member = context.member
    this.#server = net.connect(context.target.port, context.target.host)
    for (const socket of [client, this.#server]) socket.on('error', () => {})
    onMessage(client, (message) => {
      this.#handled = this.#handled.then(() => this.#handle(message)).catch(() => client.destroy())
    })
    onMessage(this.#server, (message) => {
      const id = message.readInt32LE(8)
      this.#pending.get(id)?.resolve(message)
      this.#pending.delete(id)
      if (this.#pending.size === 0 && client.destroyed) this.#server.destroy()
    })
    client.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer)
      // The server still executes what was sent, and the client may retry it
      if (this.#pending.size === 0) this.#server.destroy()
    })
    this.#server.on('close', () => {
      client.destroy()
      for (const { reject } of this.#pending.values()) reject(new Error('the server has gone'))
    })
  }

  /** @param {Buffer} message */
  async #handle(message) {
    const request = parseRequest(message)
    if (!request) throw new Error(`a message of kind ${message.readInt32LE(12)}`)
    const { command } = request
    const isHello = ['hello', 'ismaster', 'isMaster'].some((name) => name in command)
    if (isHello && command.topologyVersion && this.#hello) return this.#replyAfterWait(request)
    const reply = await this.#replyTo(request)
    if (isHello && Buffer.isBuffer(reply)) {
      this.#hello = this.#member.helloReply(parseReply(reply))
      this.#send(request, this.#hello)
    } else if (expectsReply(request)) this.#send(request, reply)
  }

  /** @param {Request} request @returns {Promise<Reply>} */
  async #replyTo(request) {
    const { command } = request
    const { retryableWrites, createIndexes } = this.#context
    const refusal = refusalOf(command, this.#member)
    if (refusal) return refusal
    if ('createIndexes' in command) {
      return createIndexes(command, () => this.#forward(request, request.bytes))
    }
    return retryableWrites.run(command, async () => {
      const split = withoutRefusedWrites(command)
      if (!split) return this.#forward(request, request.bytes)
      const { accepted, replyWith } = split
      if (!accepted) return replyWith()
      const reply = await this.#forward(request, encodeRequest(request, accepted))
      return replyWith(Buffer.isBuffer(reply) ? parseReply(reply) : reply)
    })
  }

  /**
   * @param {Request} request
   * @param {Buffer} bytes
   * @returns {Promise<Reply>}
   */
  async #forward(request, bytes) {
    // The client may have left since it sent the request
    if (this.#server.destroyed) throw new Error('the server has gone')
    this.#server.write(bytes)
    if (!expectsReply(request)) return { ok: 1 }
    return new Promise((resolve, reject) => this.#pending.set(request.id, { resolve, reject }))
  }

  /**
   * @param {Request} request
   * @param {Reply} reply
   * @param {Parameters<typeof encodeReply>[2]} [options]
   */
  #send(request, reply, options) {
    if (!this.#client.writable) return
    const bytes = Buffer.isBuffer(reply)
      ? readdressed(reply, request)
      : encodeReply(request, reply, options)
    this.#client.write(bytes)
  }

  /**
   * Replies to an awaitable `hello`: nothing ever changes, so after the whole wait. If the client allows
   * exhaust, further replies follow without another request.
   *
   * @param {Request} request
   */
  #replyAfterWait(request) {
    const { maxAwaitTimeMS } = request.command
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#hello || this.#client.destroyed) return
      const isMoreToCome = allowsExhaust(request)
      const ownId = ++this.#ownIds
      this.#send(request, this.#hello, { ownId, isMoreToCome })
      if (isMoreToCome) this.#replyAfterWait({ ...request, id: ownId })
    }, Number(maxAwaitTimeMS))
    this.#timers.add(timer)
  }
}

module.exports = { ProxyConnection }
