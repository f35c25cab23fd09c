// A browser that loads pages: one request, then as many at once as it opens connections, with one cookie
// @ts-check
'use strict'

const http = require('node:http')
const { serve } = require('./children')

/** What browsers open to one host over HTTP/1.1. */
const CONNECTIONS = 6

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })

/** @returns {Promise<http.IncomingHttpHeaders>} when the answer is there to its end */
function request(/** @type {string} */ url, /** @type {string | undefined} */ cookie) {
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    const sent = http.get(url, { agent, headers }, (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () => {
        if (response.statusCode === 200) resolve(response.headers)
        else reject(new Error(`${url}: status ${response.statusCode}`))
      })
    })
    sent.once('error', reject)
  })
}

const ms = (/** @type {number} */ time) => new Promise((resolve) => setTimeout(resolve, time))

serve({
  /** The cookie of a session of its own. */
  async logIn(url) {
    const headers = await request(`${url}/login`)
    return headers['set-cookie']?.[0].split(';')[0]
  },

  /**
   * Pages one after the other, with a pause after each. In ms, for each page: until its first request
   * is answered, and until all of them are.
   */
  async load({ url, cookie, first, rest, pages, pause }) {
    const times = { first: /** @type {number[]} */ ([]), page: /** @type {number[]} */ ([]) }
    for (let page = 0; page < pages; page++) {
      const from = performance.now()
      await request(`${url}/${first}`, cookie)
      times.first.push(performance.now() - from)
      const others = Array.from({ length: CONNECTIONS }, () => request(`${url}/${rest}`, cookie))
      await Promise.all(others)
      times.page.push(performance.now() - from)
      await ms(pause)
    }
    return times
  },
})
