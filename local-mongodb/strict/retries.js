// Has a write that comes twice with one number done once, as the members of a replica set do
// @ts-check
'use strict'

const { REPLICA_SET } = require('./rules')

/** @typedef {import('./wire').Document} Document */
/** @typedef {import('./connection').Reply} Reply */

const KEPT = 1000

class Retries {
  /** @type {Map<string, Promise<Reply>>} */
  #replies = new Map()
  #areKept

  /** @param {string} topology */
  constructor(topology) {
    this.#areKept = topology === REPLICA_SET
  }

  /**
   * @param {Document} command
   * @param {() => Promise<Reply>} write
   * @returns {Promise<Reply>} the first answer, whenever the write comes again
   */
  async once(command, write) {
    const { lsid, txnNumber, autocommit } = command
    // What has `autocommit` is of a transaction
    if (!this.#areKept || txnNumber === undefined || autocommit !== undefined) return write()
    const key = `${lsid.id.toString('hex')} ${txnNumber}`
    const known = this.#replies.get(key)
    if (known) return known
    const reply = write()
    this.#replies.set(key, reply)
    const [oldest] = this.#replies.keys()
    if (this.#replies.size > KEPT && oldest !== undefined) this.#replies.delete(oldest)
    return reply
  }
}

module.exports = { Retries }
