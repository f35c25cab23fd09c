// One connection of a client through the strict proxy
// @ts-check
'use strict'

const net = require('node:net')
const {
  eachMessage,
  requestOf,
  replyOf,
  replyTo,
  withCommand,
  withRequest,
  isAnswered,
  isExhausting,
} = require('./wire')
const { refusalOf } = require('./rules')
const { divide } = require('./writes')

/** @typedef {import('./wire').Document} Document */
/** @typedef {import('./wire').Request} Request */
/** @typedef {Buffer | Document} Reply as the server sent it, or made here */

/**
 * @typedef {object} Surroundings
 * @property {import('./members').Member} member
 * @property {{ host: string, port: number }} target
 * @property {(command: Document, make: () => Promise<Reply>) => Promise<Reply>} makeIndexes
 * @property {import('./retries').Retries} retries
 */

class Connection {
  #client
  #server
  #member
  #surroundings
  /** Request id → who waits for the reply. @type {Map<number, { resolve: (reply: Buffer) => void, reject: (error: Error) => void }>} */
  #awaited = new Map()
  /** @type {Promise<unknown>} each command's, in the order in which they came */
  #done = Promise.resolve()
  /** @type {Document | undefined} */
  #hello
  /** @type {Set<NodeJS.Timeout>} */
  #timers = new Set()
  #ownIds = 0

  /**
   * @param {net.Socket} client
   * @param {Surroundings} surroundings
   */
  constructor(client, surroundings) {
    this.#client = client
    this.#surroundings = surroundings
    this.#member = surroundings.member
    this.#server = net.connect(surroundings.target.port, surroundings.target.host)
    for (const socket of [client, this.#server]) socket.on('error', () => {})
    eachMessage(client, (message) => {
      this.#done = this.#done.then(() => this.#take(message)).catch(() => client.destroy())
    })
    eachMessage(this.#server, (message) => {
      const id = message.readInt32LE(8)
      this.#awaited.get(id)?.resolve(message)
      this.#awaited.delete(id)
      if (this.#awaited.size === 0 && client.destroyed) this.#server.destroy()
    })
    client.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer)
      // What is on its way is done all the same, and may be asked for once more
      if (this.#awaited.size === 0) this.#server.destroy()
    })
    this.#server.on('close', () => {
      client.destroy()
      for (const { reject } of this.#awaited.values()) reject(new Error('the server has gone'))
    })
  }

  /** @param {Buffer} message */
  async #take(message) {
    const request = requestOf(message)
    if (!request) throw new Error(`a message of kind ${message.readInt32LE(12)}`)
    const { command } = request
    const isHello = ['hello', 'ismaster', 'isMaster'].some((name) => name in command)
    if (isHello && command.topologyVersion && this.#hello) return this.#answerLater(request)
    const reply = await this.#replyTo(request)
    if (isHello && Buffer.isBuffer(reply)) {
      this.#hello = this.#member.introduction(replyOf(reply))
      this.#answer(request, this.#hello)
    } else if (isAnswered(request)) this.#answer(request, reply)
  }

  /** @param {Request} request @returns {Promise<Reply>} */
  async #replyTo(request) {
    const { command } = request
    const { retries, makeIndexes } = this.#surroundings
    const refusal = refusalOf(command, this.#member)
    if (refusal) return refusal
    if ('createIndexes' in command) {
      return makeIndexes(command, () => this.#ask(request, request.bytes))
    }
    return retries.once(command, async () => {
      const division = divide(command)
      if (!division) return this.#ask(request, request.bytes)
      const { command: left, answer } = division
      if (!left) return answer()
      const reply = await this.#ask(request, withCommand(request, left))
      return answer(Buffer.isBuffer(reply) ? replyOf(reply) : reply)
    })
  }

  /**
   * @param {Request} request
   * @param {Buffer} bytes
   * @returns {Promise<Reply>}
   */
  async #ask(request, bytes) {
    // The client has left while it was decided what to do
    if (this.#server.destroyed) throw new Error('the server has gone')
    this.#server.write(bytes)
    if (!isAnswered(request)) return { ok: 1 }
    return new Promise((resolve, reject) => this.#awaited.set(request.id, { resolve, reject }))
  }

  /**
   * @param {Request} request
   * @param {Reply} reply
   * @param {Parameters<typeof replyTo>[2]} [options]
   */
  #answer(request, reply, options) {
    if (!this.#client.writable) return
    const isReady = Buffer.isBuffer(reply)
    this.#client.write(isReady ? withRequest(reply, request) : replyTo(request, reply, options))
  }

  /**
   * A hello that waits for a change, and there is none. On a connection that may exhaust it, the next
   * answer follows the last without another question.
   *
   * @param {Request} request
   */
  #answerLater(request) {
    const { maxAwaitTimeMS } = request.command
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#hello || this.#client.destroyed) return
      const isMoreToCome = isExhausting(request)
      const ownId = ++this.#ownIds
      this.#answer(request, this.#hello, { ownId, isMoreToCome })
      if (isMoreToCome) this.#answerLater({ ...request, id: ownId })
    }, Number(maxAwaitTimeMS))
    this.#timers.add(timer)
  }
}

module.exports = { Connection }
