// A browser that loads pages: one request, then one on each of its connections at once, with one cookie
// @ts-check
'use strict'

const http = require('node:http')
const { serve } = require('./child-processes')

/** The number of connections that browsers open to one host over HTTP/1.1. */
const CONNECTIONS = 6

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })

/** @returns {Promise<http.IncomingHttpHeaders>} resolves at the end of the response */
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

const sleep = (/** @type {number} */ time) => new Promise((resolve) => setTimeout(resolve, time))

serve({
  /** Creates a session; returns its cookie. */
  async logIn(url) {
    const headers = await request(`${url}/login`)
    return headers['set-cookie']?.[0].split(';')[0]
  },

  /**
   * Loads pages one after the other, with a pause after each. Returns for each page, in ms, the time of
   * its first response and of its last.
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
      await sleep(pause)
    }
    return times
  },
})
