// Holds whatever is put in for a time, and lets it out in order: many are under way at once, as on a real line
// @ts-check
'use strict'

/**
 * Never sooner than `delay`. Node's timers count whole milliseconds, so that one of 1 ms ends after
 * about 1.1, and sooner where something else has woken the event loop: what is left then, less than
 * half a millisecond, is waited for turn by turn.
 */
class DelayLine {
  /** @type {{ thing: any, since: number }[]} */
  #held = []
  #isWaiting = false
  #delay
  #release

  /**
   * @param {number} delay in ms
   * @param {(thing: any, heldFor: number) => void} release
   */
  constructor(delay, release) {
    this.#delay = delay
    this.#release = release
  }

  put(/** @type {any} */ thing) {
    this.#held.push({ thing, since: performance.now() })
    this.#wait()
  }

  #wait() {
    if (this.#isWaiting || this.#held.length === 0) return
    this.#isWaiting = true
    const left = this.#held[0].since + this.#delay - performance.now()
    if (left < 0.5) setImmediate(this.#letOut)
    else setTimeout(this.#letOut, Math.floor(left))
  }

  #letOut = () => {
    this.#isWaiting = false
    const now = performance.now()
    while (this.#held.length > 0 && now - this.#held[0].since >= this.#delay) {
      const [{ thing, since }] = this.#held.splice(0, 1)
      this.#release(thing, now - since)
    }
    this.#wait()
  }
}

module.exports = { DelayLine }
