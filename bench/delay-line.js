// Delays items and keeps their order: many are on their way at once, as on a network
// @ts-check
'use strict'

/**
 * Releases no item before its `delay`. Node's timers count whole milliseconds: one of 1 ms fires after
 * about 1.1, or too early if something else wakes the event loop. The last half millisecond is waited
 * turn by turn.
 */
class DelayLine {
  /** @type {{ item: any, since: number }[]} */
  #held = []
  #isWaiting = false
  #delay
  #release

  /**
   * @param {number} delay in ms
   * @param {(item: any, heldFor: number) => void} release
   */
  constructor(delay, release) {
    this.#delay = delay
    this.#release = release
  }

  put(/** @type {any} */ item) {
    this.#held.push({ item, since: performance.now() })
    this.#wait()
  }

  #wait() {
    if (this.#isWaiting || this.#held.length === 0) return
    this.#isWaiting = true
    const left = this.#held[0].since + this.#delay - performance.now()
    if (left < 0.5) setImmediate(this.#releaseDue)
    else setTimeout(this.#releaseDue, Math.floor(left))
  }

  #releaseDue = () => {
    this.#isWaiting = false
    const now = performance.now()
    while (this.#held.length > 0 && now - this.#held[0].since >= this.#delay) {
      const [{ item, since }] = this.#held.splice(0, 1)
      this.#release(item, now - since)
    }
    this.#wait()
  }
}

module.exports = { DelayLine }
