// Knows which sessions the store must hold, and collects every violation
// @ts-check
'use strict'

const { EventEmitter, once } = require('node:events')
const { ExpectedSession } = require('./expected-session')

/** After this many new sessions, the ended ones are forgotten: see `findSession`. */
const FORGET_EVERY = 500

/** @typedef {'direct' | 'http'} Channel */

class Checker extends EventEmitter {
  /** Each broken promise, in words. @type {string[]} */
  violations = []
  /** @type {Record<Channel, { answered: number, failed: number }>} */
  counts = { direct: { answered: 0, failed: 0 }, http: { answered: 0, failed: 0 } }
  /** How many calls wait for their answer. */
  pending = 0
  /** How many sessions were created. */
  sessionCount = 0
  #lastSid = 0
  #lastValue = 0
  /** Sessions that are stored or may be, by collection and sid. @type {Map<string, ExpectedSession>} */
  #sessions = new Map()
  /** Values of sessions that may be stored under a sid that no caller knows. @type {Set<number | undefined>} */
  #possiblyStored = new Set()
  #server

  /** @param {{ lateWrites?: boolean, atomicUpdates?: boolean }} [server] see ExpectedSession */
  constructor({ lateWrites = false, atomicUpdates = true } = {}) {
    super()
    this.setMaxListeners(0)
    this.#server = { lateWrites, atomicUpdates }
  }

  /** @param {string} collection @param {string} [sid] */
  newSession(collection, sid = `s${++this.#lastSid}`) {
    const reportViolation = (/** @type {string} */ what) => this.reportViolation(what)
    const expected = new ExpectedSession(sid, { ...this.#server, reportViolation })
    expected.collection = collection
    this.#sessions.set(keyOf(collection, sid), expected)
    if (++this.sessionCount % FORGET_EVERY === 0) this.#forgetEnded()
    return expected
  }

  /**
   * A session that may be stored. One that is not found here has ended or was never created: if the
   * store has it, it has come back. So ended sessions need no memory.
   *
   * @param {string} collection
   * @param {string} sid
   */
  findSession(collection, sid) {
    return this.#sessions.get(keyOf(collection, sid))
  }

  /** A session with this value may be stored, under a sid that no caller knows. @param {number | undefined} value */
  addPossiblyStored(value) {
    this.#possiblyStored.add(value)
  }

  /** @param {number | undefined} value */
  isPossiblyStored(value) {
    return this.#possiblyStored.has(value)
  }

  /** The collection is not checked any more. @param {string} collection */
  forgetCollection(collection) {
    for (const [key, expected] of this.#sessions)
      if (expected.collection === collection) this.#sessions.delete(key)
  }

  /** A value that no session has had yet. */
  newValue() {
    return ++this.#lastValue
  }

  /** @param {string} what */
  reportViolation(what) {
    this.violations.push(what)
    this.emit('violation', what)
  }

  /** @param {Channel} channel @param {boolean} isAnswered false if it failed */
  countResult(channel, isAnswered) {
    this.counts[channel][isAnswered ? 'answered' : 'failed']++
    this.emit('result')
  }

  /**
   * Resolves after `count` more results.
   *
   * @param {Channel} channel
   * @param {'answered' | 'failed'} result
   * @param {number} count
   */
  async waitFor(channel, result, count) {
    const target = this.counts[channel][result] + count
    while (this.counts[channel][result] < target) await once(this, 'result')
  }

  /** @param {string} collection @returns {readonly ExpectedSession[]} */
  sessionsIn(collection) {
    return [...this.#sessions.values()].filter((expected) => expected.collection === collection)
  }

  #forgetEnded() {
    for (const [key, expected] of this.#sessions) if (expected.hasEnded) this.#sessions.delete(key)
  }
}

/** @param {string} collection @param {string} sid */
function keyOf(collection, sid) {
  return `${collection} ${sid}`
}

module.exports = { Checker }
