// The `hello` reply of a standalone, or of a member of a replica set
// @ts-check
'use strict'

const { ObjectId } = require('mongoose').mongo
const { REPLICA_SET } = require('./refusals')

/** @typedef {import('../wire-protocol').Document} Document */

const SET_NAME = 'strict'
const electionId = new ObjectId()

class Member {
  #topologyVersion = { processId: new ObjectId(), counter: 0 }
  #addresses
  #index

  /**
   * @param {string} topology
   * @param {string[]} addresses of all members
   * @param {number} index the first is the primary
   */
  constructor(topology, addresses, index) {
    this.topology = topology
    this.#addresses = addresses
    this.#index = index
  }

  get isPrimary() {
    return this.#index === 0
  }

  /** @param {Document} hello the reply of the server behind @returns {Document} */
  helloReply({ compression: _, ...hello }) {
    // Makes the driver stream `hello` replies, and open a second connection to measure round-trip times
    const streaming = { ...hello, topologyVersion: this.#topologyVersion }
    if (this.topology !== REPLICA_SET) return streaming
    return {
      ...streaming,
      isWritablePrimary: this.isPrimary,
      ismaster: this.isPrimary,
      secondary: !this.isPrimary,
      setName: SET_NAME,
      setVersion: 1,
      ...(this.isPrimary && { electionId }),
      hosts: this.#addresses,
      primary: this.#addresses[0],
      me: this.#addresses[this.#index],
      lastWrite: { lastWriteDate: new Date() },
    }
  }
}

module.exports = { Member, SET_NAME }
