// Every promise that was made to a caller, and every one that was broken
// @ts-check
'use strict'

const { EventEmitter, once } = require('node:events')
const { Fate } = require('./fate')

/** After so many new sessions, those that are over are let go of: see `fateOf`. */
const CLEARING = 500

/** @typedef {'direct' | 'http'} Channel */

class Ledger extends EventEmitter {
  /** What went wrong; empty at the end of a good run. @type {string[]} */
  violations = []
  /** @type {Record<Channel, { answered: number, failed: number }>} */
  counts = { direct: { answered: 0, failed: 0 }, http: { answered: 0, failed: 0 } }
  /** Calls that wait for their answer. */
  open = 0
  /** How many sessions there have been. */
  sessions = 0
  #lastSid = 0
  #lastValue = 0
  /** Of those that are there, or may be, by collection and sid. @type {Map<string, Fate>} */
  #fates = new Map()
  /** Of sessions whose sid nobody was told. @type {Set<number | undefined>} */
  #untold = new Set()
  #server

  /** @param {{ late?: boolean, atomicUpdates?: boolean }} [server] see Fate */
  constructor({ late = false, atomicUpdates = true } = {}) {
    super()
    this.setMaxListeners(0)
    this.#server = { late, atomicUpdates }
  }

  /** @param {string} collection @param {string} [sid] */
  newFate(collection, sid = `s${++this.#lastSid}`) {
    const broken = (/** @type {string} */ what) => this.broken(what)
    const fate = new Fate(sid, { ...this.#server, broken })
    fate.collection = collection
    this.#fates.set(keyOf(collection, sid), fate)
    if (++this.sessions % CLEARING === 0) this.#letGo()
    return fate
  }

  /**
   * Of a session that may be stored. One that has none is over, or was never made: whatever of it is
   * found has come back, so that no memory is needed of all that are over.
   *
   * @param {string} collection
   * @param {string} sid
   */
  fateOf(collection, sid) {
    return this.#fates.get(keyOf(collection, sid))
  }

  /** A session of this value may be stored, under a sid that nobody was told. @param {number | undefined} value */
  untold(value) {
    this.#untold.add(value)
  }

  /** @param {number | undefined} value */
  isUntold(value) {
    return this.#untold.has(value)
  }

  /** Nobody looks into the collection any more. @param {string} collection */
  abandon(collection) {
    for (const [key, fate] of this.#fates)
      if (fate.collection === collection) this.#fates.delete(key)
  }

  /** A value that no session has had. */
  newValue() {
    return ++this.#lastValue
  }

  /** @param {string} what */
  broken(what) {
    this.violations.push(what)
    this.emit('violation', what)
  }

  /** @param {Channel} channel @param {boolean} isAnswered rather than failed */
  result(channel, isAnswered) {
    this.counts[channel][isAnswered ? 'answered' : 'failed']++
    this.emit('result')
  }

  /**
   * Resolves after so many more results, which came of calls that are made from now on or before.
   *
   * @param {Channel} channel
   * @param {'answered' | 'failed'} result
   * @param {number} count
   */
  async more(channel, result, count) {
    const target = this.counts[channel][result] + count
    while (this.counts[channel][result] < target) await once(this, 'result')
  }

  /** @param {string} collection @returns {readonly Fate[]} */
  fates(collection) {
    return [...this.#fates.values()].filter((fate) => fate.collection === collection)
  }

  #letGo() {
    for (const [key, fate] of this.#fates) if (fate.isOver) this.#fates.delete(key)
  }
}

/** @param {string} collection @param {string} sid */
function keyOf(collection, sid) {
  return `${collection} ${sid}`
}

module.exports = { Ledger }
