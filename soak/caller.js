// Someone who calls the store's methods, and knows what the answers have to be
// @ts-check
'use strict'

const { call } = require('./calls')

/** How many sessions one caller has; those it uses in one turn go out as one batch. */
const HELD = 5
const MAX_AGE = 60 * 60_000

/** More often what apps do more often. @type {('look' | 'write' | 'touch' | 'end' | 'endWhileInUse')[]} */
const ACTIONS = ['look', 'look', 'write', 'write', 'touch', 'end', 'endWhileInUse']

class Caller {
  /** @type {import('./fate').Fate[]} */
  #held = []
  #ledger
  #store
  #random

  /**
   * @param {import('./ledger').Ledger} ledger
   * @param {any} store
   * @param {import('./random').Random} random
   */
  constructor(ledger, store, random) {
    this.#ledger = ledger
    this.#store = store
    this.#random = random
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      const missing = HELD - this.#held.length
      if (missing > 0) await Promise.all(Array.from({ length: missing }, () => this.#begin()))
      // All in one turn
      const action = this.#random.pick(ACTIONS)
      const used = this.#held.filter(() => this.#random.next() < 0.6)
      await Promise.all(used.map((fate) => this[`_${action}`](fate)))
    }
  }

  async #begin() {
    const fate = this.#ledger.newFate()
    this.#held.push(fate)
    const value = this.#ledger.newValue()
    const { error } = await this.#call('set', fate.sid, sessionOf(value))
    fate.inserted(value, !error)
  }

  /**
   * What the store has, where it answers.
   *
   * @param {import('./fate').Fate} fate
   */
  async _look(fate) {
    const { answer, error } = await this.#call('get', fate.sid)
    if (error) return null
    fate.found(answer === null ? null : answer.value)
    if (answer === null) this.#leave(fate)
    return answer
  }

  /** @param {import('./fate').Fate} fate */
  async _write(fate) {
    const session = await this._look(fate)
    if (session) await this.#update(fate, session)
  }

  /** @param {import('./fate').Fate} fate */
  async _touch(fate) {
    const session = await this._look(fate)
    if (!session) return
    session.cookie.expires = new Date(Date.now() + MAX_AGE)
    await this.#call('touch', fate.sid, session)
  }

  /** @param {import('./fate').Fate} fate */
  async _end(fate) {
    const { error } = await this.#call('destroy', fate.sid)
    fate.destroyed(!error)
    if (!error) this.#leave(fate)
  }

  /**
   * A slow request has loaded the session before it is destroyed, and stores it afterwards.
   *
   * @param {import('./fate').Fate} fate
   */
  async _endWhileInUse(fate) {
    const session = await this._look(fate)
    if (!session) return
    await this._end(fate)
    await this.#update(fate, session)
    await this._look(fate)
  }

  /**
   * @param {import('./fate').Fate} fate
   * @param {any} session
   */
  async #update(fate, session) {
    session.value = this.#ledger.newValue()
    const { error } = await this.#call('set', fate.sid, session)
    fate.updated(session.value, !error)
  }

  /** @param {import('./fate').Fate} fate */
  #leave(fate) {
    this.#held = this.#held.filter((each) => each !== fate)
  }

  /**
   * @param {import('./calls').Method} method
   * @param {unknown[]} args
   */
  #call(method, ...args) {
    return call(this.#ledger, this.#store, method, args, this.#random.next() < 0.5)
  }
}

/** @param {number} value */
function sessionOf(value) {
  const expires = new Date(Date.now() + MAX_AGE)
  return { cookie: { originalMaxAge: MAX_AGE, expires, path: '/', httpOnly: true }, value }
}

module.exports = { Caller }
