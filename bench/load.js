// The load: autocannon, in a process of its own, for a fixed time
// @ts-check
'use strict'

const autocannon = require('autocannon')
const { serve } = require('./children')
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
  /** Logs in `count` times; answers with the cookies. */
  async logIn({ url, count }) {
    const cookies = []
    for (let i = 0; i < count; i++) {
      const response = await fetch(`${url}/login`)
      if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`)
      cookies.push(response.headers.get('set-cookie')?.split(';')[0])
    }
    return cookies
  },

  /** A fixed amount of requests. */
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

  /** Tells `begin` and `end` of what is measured, which comes after `ramp` seconds. */
  run({ url, cookies, connections, ramp, seconds }, tell) {
    return new Promise((resolve, reject) => {
      let measuring = false
      /** @type {number[]} */
      let times = []
      let began = 0
      /** @type {string[]} */
      const failures = []
      const instance = autocannon({
        url,
        connections,
        // Ended from here: its own end comes at a multiple of `sampleInt`
        duration: 3600,
        sampleInt: 20,
        setupClient: loggedIn(cookies),
      })
      instance.on('response', (_client, status, _bytes, ms) => {
        if (status !== 200) failures.push(`status ${status}`)
        if (measuring) times.push(ms)
      })
      instance.on('reqError', (error) => failures.push(error.message))
      setTimeout(() => {
        measuring = true
        began = performance.now()
        tell('begin')
      }, ramp * 1000)
      let elapsed = 0
      setTimeout(
        () => {
          measuring = false
          elapsed = (performance.now() - began) / 1000
          tell('end')
          instance.stop()
        },
        (ramp + seconds) * 1000,
      )
      instance.once('done', () => {
        if (failures.length > 0) return reject(new Error(`${failures.length} × ${failures[0]}`))
        times = times.sort((a, b) => a - b)
        resolve({
          rps: times.length / elapsed,
          p50: percentile(times, 0.5),
          p99: percentile(times, 0.99),
        })
      })
    })
  },
})
