// A random number generator with a seed
// @ts-check
'use strict'

class Random {
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** @param {number} from @param {number} to */
  between(from, to) {
    return from + this.next() * (to - from)
  }

  /**
   * @template T
   * @param {readonly T[]} list which is not empty
   */
  pick(list) {
    return /** @type {T} */ (list[Math.floor(this.next() * list.length)])
  }

  /** A new generator: the order in which several users draw makes no difference then. */
  fork() {
    return new Random(Math.floor(this.next() * 2 ** 32))
  }
}

module.exports = { Random }
