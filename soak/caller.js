// Someone who calls the store's methods, and knows what the answers have to be
// @ts-check
'use strict'

const { call } = require('./calls')

/** How many sessions one caller has; those it uses in one turn go out as one batch. */
const HELD = 5
/** How many may be stored before all are ended at once. */
const STORED = 30
/** Longer than the longest run. */
const MAX_AGE = 7 * 24 * 60 * 60_000

/** @typedef {'look' | 'write' | 'touch' | 'end' | 'endWhileInUse' | 'leave'} Action */
/** More often what apps do more often. @type {Action[]} */
const ACTIONS = [
  'look',
  'look',
  'look',
  'write',
  'write',
  'write',
  'touch',
  'touch',
  'end',
  'endWhileInUse',
  'leave',
]

class Caller {
  /** In use. @type {import('./fate').Fate[]} */
  #held = []
  /** All of this caller's that are there, or may be. @type {Set<import('./fate').Fate>} */
  #stored = new Set()
  /** By which they are found in the collection. */
  #group
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
    this.#group = ledger.newValue()
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      if (this.#stored.size > STORED) {
        await this.#endAll()
        continue
      }
      if (this.#random.next() < 0.05) await this.#survey()
      const missing = HELD - this.#held.length
      if (missing > 0) await Promise.all(Array.from({ length: missing }, () => this.#begin()))
      // All in one turn
      const action = this.#random.pick(ACTIONS)
      const used = this.#held.filter(() => this.#random.next() < 0.6)
      await Promise.all(used.map((fate) => this[`_${action}`](fate)))
    }
  }

  async #begin() {
    const fate = this.#ledger.newFate(this.#store.options.collection)
    this.#held.push(fate)
    this.#stored.add(fate)
    const value = this.#ledger.newValue()
    const { error } = await this.#call('set', fate.sid, sessionOf(value, this.#group))
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
    const { error } = await this.#call('touch', fate.sid, session)
    fate.touched(!error)
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

  /** Nobody uses it any more, and it stays. @param {import('./fate').Fate} fate */
  async _leave(fate) {
    this.#held = this.#held.filter((each) => each !== fate)
  }

  /** All at once. */
  async #endAll() {
    const certain = [...this.#stored].filter((fate) => fate.isCertain).length
    const { answer, error } = await this.#call('destroyMany', { group: this.#group })
    for (const fate of this.#stored) fate.destroyed(!error)
    if (error) return
    if (answer < certain || answer > this.#stored.size) {
      this.#ledger.broken(`destroyMany ended ${answer} of ${certain} to ${this.#stored.size}`)
    }
    this.#held = []
    this.#stored.clear()
    this.#group = this.#ledger.newValue()
  }

  /** Looks at all of the collection, where nobody else uses this caller's sessions. */
  async #survey() {
    const method = this.#random.pick(/** @type {const} */ (['all', 'sessions', 'length']))
    const { answer, error } = await this.#call(method)
    if (error) return
    const own = [...this.#stored]
    if (method === 'length') {
      const certain = own.filter((fate) => fate.isCertain).length
      if (answer < certain)
        this.#ledger.broken(`length is ${answer} in place of ${certain} or more`)
      return
    }
    const values = new Map(answer.map((/** @type {any} */ { id, value }) => [id, value]))
    for (const fate of own) {
      fate.found(values.get(fate.sid) ?? null)
      if (!values.has(fate.sid)) this.#leave(fate)
    }
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

  /** One that may still arrive is counted with those that are stored. @param {import('./fate').Fate} fate */
  #leave(fate) {
    this.#held = this.#held.filter((each) => each !== fate)
    if (fate.isOver) this.#stored.delete(fate)
  }

  /**
   * @param {import('./calls').Method} method
   * @param {unknown[]} args
   */
  #call(method, ...args) {
    return call(this.#ledger, this.#store, method, args, this.#random.next() < 0.5)
  }
}

/** @param {number} value @param {number} [group] */
function sessionOf(value, group) {
  const expires = new Date(Date.now() + MAX_AGE)
  return { cookie: { originalMaxAge: MAX_AGE, expires, path: '/', httpOnly: true }, value, group }
}

module.exports = { Caller, sessionOf }
