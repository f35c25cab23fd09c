// Someone who has a collection alone, and knows of all that is in it
// @ts-check
'use strict'

const { call } = require('./calls')
const { sessionOf } = require('./caller')

const AT_ONCE = 5

class Keeper {
  /** @type {Set<import('./fate').Fate>} */
  #stored = new Set()
  #ledger
  #openStore
  #random
  #store

  /**
   * @param {import('./ledger').Ledger} ledger
   * @param {() => any} openStore each time a store of another collection, which is empty
   * @param {import('./random').Random} random
   */
  constructor(ledger, openStore, random) {
    this.#ledger = ledger
    this.#openStore = openStore
    this.#random = random
    this.#store = openStore()
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#begin()))
      await this.#count()
      if (this.#random.next() < 0.5) await this.#clear()
    }
  }

  /** The store that is in use. */
  get store() {
    return this.#store
  }

  async #begin() {
    const fate = this.#ledger.newFate(this.#store.options.collection)
    const value = this.#ledger.newValue()
    this.#stored.add(fate)
    const { error } = await this.#call('set', fate.sid, sessionOf(value))
    fate.inserted(value, !error)
  }

  async #count() {
    const method = this.#random.pick(/** @type {const} */ (['all', 'sessions', 'length']))
    const { answer, error } = await this.#call(method)
    if (error) return
    const certain = [...this.#stored].filter((fate) => fate.isCertain).length
    const count = method === 'length' ? answer : answer.length
    if (count < certain || count > this.#stored.size) {
      this.#ledger.broken(`${method} has ${count} of ${certain} to ${this.#stored.size} sessions`)
    }
  }

  async #clear() {
    const { error } = await this.#call('clear')
    if (error) return this.#move()
    for (const fate of this.#stored) {
      fate.destroyed(true)
      if (fate.isOver) this.#stored.delete(fate)
    }
  }

  /** What was not answered may still clear the collection, whenever it likes: nothing in it is certain. */
  async #move() {
    const { collection } = this.#store.options
    await this.#store.close()
    this.#store.connection.deleteModel(this.#store.model.modelName)
    this.#ledger.abandon(collection)
    this.#stored.clear()
    this.#store = this.#openStore()
  }

  /**
   * @param {import('./calls').Method} method
   * @param {unknown[]} args
   */
  #call(method, ...args) {
    return call(this.#ledger, this.#store, method, args, this.#random.next() < 0.5)
  }
}

module.exports = { Keeper }
