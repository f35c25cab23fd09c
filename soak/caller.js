// Calls the store's methods at random, and checks the answers
// @ts-check
'use strict'

const { callStore } = require('./call-store')

/** How many sessions one caller uses; those of one turn are sent as one batch. */
const SESSIONS_IN_USE = 5
/** With more than this many, `destroyMany` ends all of them. */
const MAX_STORED = 30
/** Longer than the longest run. */
const MAX_AGE = 7 * 24 * 60 * 60_000

/** @typedef {'read' | 'write' | 'touch' | 'destroy' | 'destroyWhileInUse' | 'abandon'} Action */
/** What apps do more often stands here more often. @type {Action[]} */
const ACTIONS = [
  'read',
  'read',
  'read',
  'write',
  'write',
  'write',
  'touch',
  'touch',
  'destroy',
  'destroyWhileInUse',
  'abandon',
]

class Caller {
  /** The sessions that it uses. @type {import('./expected-session').ExpectedSession[]} */
  #inUse = []
  /** All sessions of this caller that are stored or may be. @type {Set<import('./expected-session').ExpectedSession>} */
  #stored = new Set()
  /** A field of its sessions, for `destroyMany`. */
  #group
  #checker
  #store
  #random

  /**
   * @param {import('./checker').Checker} checker
   * @param {any} store
   * @param {import('./random').Random} random
   */
  constructor(checker, store, random) {
    this.#checker = checker
    this.#store = store
    this.#random = random
    this.#group = checker.newValue()
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      if (this.#stored.size > MAX_STORED) {
        await this.#destroyAll()
        continue
      }
      if (this.#random.next() < 0.05) await this.#listAll()
      const missing = SESSIONS_IN_USE - this.#inUse.length
      if (missing > 0) await Promise.all(Array.from({ length: missing }, () => this.#create()))
      // All in one turn of the event loop
      const action = this.#random.pick(ACTIONS)
      const used = this.#inUse.filter(() => this.#random.next() < 0.6)
      await Promise.all(used.map((expected) => this[`_${action}`](expected)))
    }
  }

  async #create() {
    const expected = this.#checker.newSession(this.#store.options.collection)
    this.#inUse.push(expected)
    this.#stored.add(expected)
    const value = this.#checker.newValue()
    const { error } = await this.#call('set', expected.sid, sessionData(value, this.#group))
    expected.inserted(value, !error)
  }

  /**
   * Resolves to the session, or to null.
   *
   * @param {import('./expected-session').ExpectedSession} expected
   */
  async _read(expected) {
    const { answer, error } = await this.#call('get', expected.sid)
    if (error) return null
    expected.found(answer === null ? null : answer.value)
    if (answer === null) this.#drop(expected)
    return answer
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _write(expected) {
    const session = await this._read(expected)
    if (session) await this.#update(expected, session)
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _touch(expected) {
    const session = await this._read(expected)
    if (!session) return
    session.cookie.expires = new Date(Date.now() + MAX_AGE)
    const { error } = await this.#call('touch', expected.sid, session)
    expected.touched(!error)
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _destroy(expected) {
    const { error } = await this.#call('destroy', expected.sid)
    expected.destroyed(!error)
    if (!error) this.#drop(expected)
  }

  /**
   * A slow request loads the session before it is destroyed, and saves it afterwards.
   *
   * @param {import('./expected-session').ExpectedSession} expected
   */
  async _destroyWhileInUse(expected) {
    const session = await this._read(expected)
    if (!session) return
    await this._destroy(expected)
    await this.#update(expected, session)
    await this._read(expected)
  }

  /** Stops using the session, and leaves it stored. @param {import('./expected-session').ExpectedSession} expected */
  async _abandon(expected) {
    this.#inUse = this.#inUse.filter((each) => each !== expected)
  }

  async #destroyAll() {
    const certain = [...this.#stored].filter((expected) => expected.mustExist).length
    const { answer, error } = await this.#call('destroyMany', { group: this.#group })
    for (const expected of this.#stored) expected.destroyed(!error)
    if (error) return
    if (answer < certain || answer > this.#stored.size) {
      this.#checker.reportViolation(
        `destroyMany ended ${answer} of ${certain} to ${this.#stored.size}`,
      )
    }
    this.#inUse = []
    this.#stored.clear()
    this.#group = this.#checker.newValue()
  }

  /** Lists the collection, and checks this caller's sessions in it. */
  async #listAll() {
    const method = this.#random.pick(/** @type {const} */ (['all', 'sessions', 'length']))
    const { answer, error } = await this.#call(method)
    if (error) return
    const own = [...this.#stored]
    if (method === 'length') {
      const certain = own.filter((expected) => expected.mustExist).length
      if (answer < certain)
        this.#checker.reportViolation(`length is ${answer} in place of ${certain} or more`)
      return
    }
    const values = new Map(answer.map((/** @type {any} */ { id, value }) => [id, value]))
    for (const expected of own) {
      expected.found(values.get(expected.sid) ?? null)
      if (!values.has(expected.sid)) this.#drop(expected)
    }
  }

  /**
   * @param {import('./expected-session').ExpectedSession} expected
   * @param {any} session
   */
  async #update(expected, session) {
    session.value = this.#checker.newValue()
    const { error } = await this.#call('set', expected.sid, session)
    expected.updated(session.value, !error)
  }

  /** Stops using a session that is gone. If a late `set` may still store it, it stays in `#stored`. @param {import('./expected-session').ExpectedSession} expected */
  #drop(expected) {
    this.#inUse = this.#inUse.filter((each) => each !== expected)
    if (expected.hasEnded) this.#stored.delete(expected)
  }

  /**
   * @param {import('./call-store').Method} method
   * @param {unknown[]} args
   */
  #call(method, ...args) {
    return callStore(this.#checker, this.#store, method, args, this.#random.next() < 0.5)
  }
}

/** @param {number} value @param {number} [group] */
function sessionData(value, group) {
  const expires = new Date(Date.now() + MAX_AGE)
  return { cookie: { originalMaxAge: MAX_AGE, expires, path: '/', httpOnly: true }, value, group }
}

module.exports = { Caller, sessionData }
