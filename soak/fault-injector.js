// Injects one fault after another: in the network, or by a kill of the server
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** @typedef {'reset' | 'hang' | 'refuse' | 'delay' | 'cut' | 'lose' | 'kill'} Fault */

class FaultInjector {
  /** How often each fault was injected. @type {Partial<Record<Fault, number>>} */
  counts = {}
  #proxy
  #server
  #random
  #stopping = new AbortController()
  /** @type {Promise<unknown>} */
  #stopped = Promise.resolve()

  /**
   * @param {import('./faulty-proxy').FaultyProxy} proxy
   * @param {import('local-mongodb').DurableServer | undefined} server is killed, if there is one
   * @param {import('./random').Random} random
   */
  constructor(proxy, server, random) {
    this.#proxy = proxy
    this.#server = server
    this.#random = random
  }

  /** @param {(fault: Fault) => void} onFault */
  start(onFault) {
    this.#stopping = new AbortController()
    this.#stopped = this.#run(this.#stopping.signal, onFault)
  }

  /** Resolves when the last fault is over. */
  async stop() {
    this.#stopping.abort()
    await this.#stopped
  }

  /**
   * @param {AbortSignal} signal
   * @param {(fault: Fault) => void} onFault
   */
  async #run(signal, onFault) {
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
      onFault(fault)
      await this.#inject(fault, signal)
    }
  }

  /** @param {Fault} fault @param {AbortSignal} signal */
  async #inject(fault, signal) {
    if (fault === 'reset') return this.#proxy.reset()
    if (fault === 'cut' || fault === 'lose') {
      return this.#proxy.breakReplies(fault, Math.ceil(this.#random.between(0, 6)))
    }
    if (fault === 'delay') this.#proxy.latency = this.#random.between(20, 200)
    else if (fault === 'kill') await this.#server?.kill()
    else this.#proxy[fault]()
    await this.#wait(signal, 200, 2500)
    if (fault === 'kill') await this.#server?.start()
    this.#proxy.restore()
  }

  /** @param {AbortSignal} signal @param {number} from @param {number} to */
  #wait(signal, from, to) {
    return delay(this.#random.between(from, to), undefined, { signal }).catch(() => {})
  }
}

module.exports = { FaultInjector }
