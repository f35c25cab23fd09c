// Executes a retried write once, as a replica set does: retries have the transaction number of the first
// @ts-check
'use strict'

const { REPLICA_SET } = require('./refusals')

/** @typedef {import('../wire-protocol').Document} Document */
/** @typedef {import('./proxy-connection').Reply} Reply */

const MAX_REPLIES = 1000

class RetryableWrites {
  /** @type {Map<string, Promise<Reply>>} */
  #replies = new Map()
  #isReplicaSet

  /** @param {string} topology */
  constructor(topology) {
    this.#isReplicaSet = topology === REPLICA_SET
  }

  /**
   * @param {Document} command
   * @param {() => Promise<Reply>} write
   * @returns {Promise<Reply>} for a retry, the reply to the first attempt
   */
  async run(command, write) {
    const { lsid, txnNumber, autocommit } = command
    // With `autocommit` it belongs to a transaction
    if (!this.#isReplicaSet || txnNumber === undefined || autocommit !== undefined) return write()
    const key = `${lsid.id.toString('hex')} ${txnNumber}`
    const known = this.#replies.get(key)
    if (known) return known
    const reply = write()
    this.#replies.set(key, reply)
    const [oldest] = this.#replies.keys()
    if (this.#replies.size > MAX_REPLIES && oldest !== undefined) this.#replies.delete(oldest)
    return reply
  }
}

module.exports = { RetryableWrites }
