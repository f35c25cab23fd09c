// The load: autocannon, in a process of its own, for a fixed time
// @ts-check
'use strict'

const autocannon = require('autocannon')
const { serve } = require('./child-processes')
const { percentile } = require('./statistics')

/** Gives each connection a session of its own. */
function loggedIn(/** @type {(string | undefined)[]} */ cookies) {
  let clients = 0
  return (/** @type {any} */ client) => {
    const cookie = cookies[clients++ % cookies.length]
    if (cookie) client.setHeaders({ cookie })
  }
}

serve({
  /** Logs in `count` times; returns the cookies. */
  async logIn({ url, count }) {
    const cookies = []
    for (let i = 0; i < count; i++) {
      const response = await fetch(`${url}/login`)
      // The body ends when the session is stored, the head comes before
      const text = await response.text()
      if (!response.ok) throw new Error(`login: ${response.status} ${text}`)
      cookies.push(response.headers.get('set-cookie')?.split(';')[0])
    }
    return cookies
  },

  /** Sends a fixed number of requests. */
  async send({ url, cookies, connections, amount }) {
    const { errors, non2xx } = await autocannon({
      url,
      connections,
      amount,
      sampleInt: 20,
      setupClient: loggedIn(cookies),
    })
    if (errors + non2xx > 0) throw new Error(`${errors} errors, ${non2xx} refused`)
  },

  /**
   * Emits `begin` and `end` of the measurement. It begins after `ramp` seconds, and when every
   * connection has had a response: the first responses wait until all connections are accepted.
   */
  run({ url, cookies, connections, ramp, seconds }, emit) {
    return new Promise((resolve, reject) => {
      const instance = autocannon({
        url,
        connections,
        // Stopped below: autocannon itself stops at a multiple of `sampleInt`
        duration: 3600,
        sampleInt: 20,
        setupClient: loggedIn(cookies),
      })
      const answered = new Set()
      /** @type {string[]} */
      const failures = []
      /** @type {number[]} */
      const times = []
      let began = Number.POSITIVE_INFINITY
      let ended = Number.POSITIVE_INFINITY
      let isRampOver = false

      instance.on('response', (client, status, _bytes, ms) => {
        const now = performance.now()
        if (status !== 200) failures.push(`status ${status}`)
        if (now >= began && now < ended) times.push(ms)
        if (answered.size < connections) answered.add(client)
        begin()
      })
      instance.on('reqError', (error) => failures.push(error.message))
      setTimeout(() => {
        isRampOver = true
        begin()
      }, ramp * 1000)

      function begin() {
        if (began < Number.POSITIVE_INFINITY || !isRampOver || answered.size < connections) return
        began = performance.now()
        emit('begin')
        setTimeout(() => {
          ended = performance.now()
          emit('end')
          instance.stop()
        }, seconds * 1000)
      }

      instance.once('done', () => {
        if (failures.length > 0) return reject(new Error(`${failures.length} × ${failures[0]}`))
        times.sort((a, b) => a - b)
        resolve({
          rps: (times.length * 1000) / (ended - began),
          p50: percentile(times, 0.5),
          p99: percentile(times, 0.99),
        })
      })
    })
  },
})
