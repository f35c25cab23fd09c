// What goes wrong meanwhile, one thing after another
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** @typedef {'reset' | 'hang' | 'refuse' | 'delay' | 'cut' | 'lose' | 'kill'} Fault */

class Faults {
  /** How often there was which. @type {Partial<Record<Fault, number>>} */
  counts = {}
  #proxy
  #server
  #random
  #ending = new AbortController()
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve()

  /**
   * @param {import('./faulty-proxy').FaultyProxy} proxy
   * @param {import('local-mongodb').DurableServer | undefined} server one that can be killed
   * @param {import('./random').Random} random
   */
  constructor(proxy, server, random) {
    this.#proxy = proxy
    this.#server = server
    this.#random = random
  }

  /** @param {(fault: Fault) => void} tell */
  begin(tell) {
    this.#ending = new AbortController()
    this.#ended = this.#run(this.#ending.signal, tell)
  }

  /** Resolves when all is well again. */
  async end() {
    this.#ending.abort()
    await this.#ended
  }

  /**
   * @param {AbortSignal} signal
   * @param {(fault: Fault) => void} tell
   */
  async #run(signal, tell) {
    const kinds = /** @type {Fault[]} */ ([
      'reset',
      'reset',
      'hang',
      'refuse',
      'delay',
      'cut',
      'lose',
    ])
    if (this.#server) kinds.push('kill', 'kill')
    for (;;) {
      await this.#wait(signal, 200, 1500)
      if (signal.aborted) return
      const fault = this.#random.pick(kinds)
      this.counts[fault] = (this.counts[fault] ?? 0) + 1
      tell(fault)
      await this.#cause(fault, signal)
    }
  }

  /** @param {Fault} fault @param {AbortSignal} signal */
  async #cause(fault, signal) {
    if (fault === 'reset') return this.#proxy.reset()
    if (fault === 'cut' || fault === 'lose') {
      return this.#proxy.spoil(fault, Math.ceil(this.#random.between(0, 6)))
    }
    if (fault === 'delay') this.#proxy.latency = this.#random.between(20, 200)
    else if (fault === 'kill') await this.#server?.kill()
    else this.#proxy[fault]()
    await this.#wait(signal, 200, 2500)
    if (fault === 'kill') await this.#server?.start()
    this.#proxy.heal()
  }

  /** @param {AbortSignal} signal @param {number} from @param {number} to */
  #wait(signal, from, to) {
    return delay(this.#random.between(from, to), undefined, { signal }).catch(() => {})
  }
}

module.exports = { Faults }
