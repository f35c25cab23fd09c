// The only caller of a collection: it knows the exact content, and may clear it
// @ts-check
'use strict'

const { callStore } = require('./call-store')
const { sessionData } = require('./caller')

const AT_ONCE = 5

class CollectionOwner {
  /** @type {Set<import('./expected-session').ExpectedSession>} */
  #stored = new Set()
  #checker
  #openStore
  #random
  #store

  /**
   * @param {import('./checker').Checker} checker
   * @param {() => any} openStore opens a store on a new, empty collection
   * @param {import('./random').Random} random
   */
  constructor(checker, openStore, random) {
    this.#checker = checker
    this.#openStore = openStore
    this.#random = random
    this.#store = openStore()
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#create()))
      await this.#count()
      if (this.#random.next() < 0.5) await this.#clear()
    }
  }

  /** The current store. */
  get store() {
    return this.#store
  }

  async #create() {
    const expected = this.#checker.newSession(this.#store.options.collection)
    const value = this.#checker.newValue()
    this.#stored.add(expected)
    const { error } = await this.#call('set', expected.sid, sessionData(value))
    expected.inserted(value, !error)
  }

  async #count() {
    const method = this.#random.pick(/** @type {const} */ (['all', 'sessions', 'length']))
    const { answer, error } = await this.#call(method)
    if (error) return
    const certain = [...this.#stored].filter((expected) => expected.mustExist).length
    const count = method === 'length' ? answer : answer.length
    if (count < certain || count > this.#stored.size) {
      this.#checker.reportViolation(
        `${method} has ${count} of ${certain} to ${this.#stored.size} sessions`,
      )
    }
  }

  async #clear() {
    const { error } = await this.#call('clear')
    if (error) return this.#changeCollection()
    for (const expected of this.#stored) {
      expected.destroyed(true)
      if (expected.hasEnded) this.#stored.delete(expected)
    }
  }

  /** After a failed `clear`: it may still happen at any time, so that this collection is of no more use. */
  async #changeCollection() {
    const { collection } = this.#store.options
    await this.#store.close()
    this.#store.connection.deleteModel(this.#store.model.modelName)
    this.#checker.forgetCollection(collection)
    this.#stored.clear()
    this.#store = this.#openStore()
  }

  /**
   * @param {import('./call-store').Method} method
   * @param {unknown[]} args
   */
  #call(method, ...args) {
    return callStore(this.#checker, this.#store, method, args, this.#random.next() < 0.5)
  }
}

module.exports = { CollectionOwner }
