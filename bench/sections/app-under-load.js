// An app with one of the stores, and the load on it, each in a process of its own
// @ts-check
'use strict'

const { startChild } = require('../child-processes')

/** @typedef {{ contestant: string, child: import('../child-processes').Child, url: string, collection: string, cookies: string[] }} App */

/** @returns {Promise<App>} */
async function startApp(/** @type {string} */ contestant, /** @type {object} */ where) {
  const collection = `${where.prefix}_${process.pid}_${contestant}`.replaceAll('-', '_')
  const child = startChild('app.js')
  const url = await child.call('start', { ...where, contestant, collection })
  return { contestant, child, url, collection, cookies: [] }
}

function startLoad() {
  const load = startChild('load-generator.js')
  return {
    /** Creates a session for each connection; not more, since some servers slow down. */
    async logIn(/** @type {App} */ app, /** @type {number} */ connections) {
      const count = connections - app.cookies.length
      app.cookies.push(...(await load.call('logIn', { url: app.url, count })))
    },

    /** In seconds; the first `ramp` seconds are not measured. */
    async measure(/** @type {App} */ app, /** @type {string} */ mode, connections, ramp, seconds) {
      const { child, url, cookies } = app
      let usage
      const input = { url: `${url}/${mode}`, cookies, connections, ramp, seconds }
      const sample = await load.call('run', input, (event) => {
        usage = child.call(event)
      })
      return { ...sample, cpu: (await usage).cpu }
    },

    /** A fixed number of requests. */
    async send(
      /** @type {App} */ { url, cookies },
      /** @type {string} */ mode,
      connections,
      amount,
    ) {
      await load.call('send', { url: `${url}/${mode}`, cookies, connections, amount })
    },

    stop: () => load.stop(),
  }
}

module.exports = { startApp, startLoad }
