// The load: callers and visitors. They keep their sessions over a stop and a new start
// @ts-check
'use strict'

const { Caller } = require('./caller')
const { Visitor } = require('./visitor')

/**
 * @typedef {object} LoadOptions
 * @property {readonly any[]} stores the callers take turns at them
 * @property {import('./app').SoakApp} app
 * @property {import('./random').Random} random
 * @property {number} callers
 * @property {number} visitors
 * @property {import('./collection-owner').CollectionOwner} [owner]
 */

class Load {
  #users
  #checker
  #stopping = new AbortController()
  /** @type {Promise<unknown>} */
  #stopped = Promise.resolve()

  /**
   * @param {import('./checker').Checker} checker
   * @param {LoadOptions} options
   */
  constructor(checker, { stores, app, random, callers, visitors, owner }) {
    this.#checker = checker
    this.#users = [
      ...Array.from(
        { length: callers },
        (_, i) => new Caller(checker, stores[i % stores.length], random.fork()),
      ),
      ...Array.from({ length: visitors }, () => new Visitor(checker, app, random.fork())),
      ...(owner ? [owner] : []),
    ]
  }

  start() {
    this.#stopping = new AbortController()
    this.#stopped = Promise.all(this.#users.map((user) => this.#run(user)))
  }

  /** @param {Caller | Visitor | import('./collection-owner').CollectionOwner} user */
  async #run(user) {
    try {
      await user.run(this.#stopping.signal)
    } catch (error) {
      this.#checker.reportViolation(`the load itself failed: ${Object(error).stack}`)
    }
  }

  /** Resolves when the last call is answered. */
  stop() {
    this.#stopping.abort()
    return this.#stopped
  }
}

module.exports = { Load }
