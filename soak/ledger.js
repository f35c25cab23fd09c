// Every promise that was made to a caller, and every one that was broken
// @ts-check
'use strict'

const { EventEmitter, once } = require('node:events')
const { Fate } = require('./fate')

/** How many sessions that nobody uses any more are looked at again. */
const MEMORY = 2000

/** @typedef {'direct' | 'http'} Channel */

class Ledger extends EventEmitter {
  /** What went wrong; empty at the end of a good run. @type {string[]} */
  violations = []
  /** @type {Record<Channel, { answered: number, failed: number }>} */
  counts = { direct: { answered: 0, failed: 0 }, http: { answered: 0, failed: 0 } }
  /** Calls that wait for their answer. */
  open = 0
  #lastSid = 0
  #lastValue = 0
  /** @type {Set<Fate>} */
  #fates = new Set()
  #late

  /** @param {{ late?: boolean }} [options] `late`: see Fate */
  constructor({ late = false } = {}) {
    super()
    this.setMaxListeners(0)
    this.#late = late
  }

  /** @param {string} [sid] */
  newFate(sid = `s${++this.#lastSid}`) {
    const broken = (/** @type {string} */ what) => this.broken(what)
    const fate = new Fate(sid, { late: this.#late, broken })
    this.#fates.add(fate)
    // Most likely it is in use no more
    const [oldest] = this.#fates
    if (oldest && this.#fates.size > MEMORY) this.#fates.delete(oldest)
    return fate
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

  /** @returns {readonly Fate[]} */
  fates() {
    return [...this.#fates]
  }
}

module.exports = { Ledger }
