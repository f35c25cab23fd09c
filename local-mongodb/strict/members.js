// How a server introduces itself: as a standalone, or as a member of a replica set
// @ts-check
'use strict'

const { ObjectId } = require('mongoose').mongo
const { REPLICA_SET } = require('./rules')

/** @typedef {import('./wire').Document} Document */

const SET_NAME = 'strict'
const electionId = new ObjectId()

class Member {
  /** Never changed, since nothing about it does. */
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

  /** @param {Document} hello the stand-in's @returns {Document} */
  introduction({ compression: _, ...hello }) {
    // With this the driver has the next answer come when something changes, and opens a second
    // connection to measure round-trip times
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
