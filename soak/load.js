// Callers and visitors at work: what they hold outlasts a pause
// @ts-check
'use strict'

const { Caller } = require('./caller')
const { Visitor } = require('./visitor')

/**
 * @typedef {object} LoadOptions
 * @property {readonly any[]} stores called directly, by one caller after the other
 * @property {import('./app').SoakApp} app
 * @property {import('./random').Random} random
 * @property {number} callers
 * @property {number} visitors
 * @property {import('./keeper').Keeper} [keeper]
 */

class Load {
  #people
  #ledger
  #ending = new AbortController()
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve()

  /**
   * @param {import('./ledger').Ledger} ledger
   * @param {LoadOptions} options
   */
  constructor(ledger, { stores, app, random, callers, visitors, keeper }) {
    this.#ledger = ledger
    this.#people = [
      ...Array.from(
        { length: callers },
        (_, i) => new Caller(ledger, stores[i % stores.length], random.split()),
      ),
      ...Array.from({ length: visitors }, () => new Visitor(ledger, app, random.split())),
      ...(keeper ? [keeper] : []),
    ]
  }

  begin() {
    this.#ending = new AbortController()
    this.#ended = Promise.all(this.#people.map((person) => this.#run(person)))
  }

  /** @param {Caller | Visitor | import('./keeper').Keeper} person */
  async #run(person) {
    try {
      await person.run(this.#ending.signal)
    } catch (error) {
      this.#ledger.broken(`the load itself failed: ${Object(error).stack}`)
    }
  }

  /** Resolves when everyone has had the last answer. */
  end() {
    this.#ending.abort()
    return this.#ended
  }
}

module.exports = { Load }
