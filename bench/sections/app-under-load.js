// An app with one of the stores in its own process, and the load on it from another
// @ts-check
'use strict'

const { start } = require('../children')

/** @typedef {{ contestant: string, child: import('../children').Child, url: string, collection: string, cookies: string[] }} App */

/** @returns {Promise<App>} */
async function startApp(/** @type {string} */ contestant, /** @type {object} */ where) {
  const collection = `${where.prefix}_${process.pid}_${contestant}`.replaceAll('-', '_')
  const child = start('app.js')
  const url = await child.ask('start', { ...where, contestant, collection })
  return { contestant, child, url, collection, cookies: [] }
}

function startLoad() {
  const load = start('load.js')
  return {
    /** Logs in until there is a session for each connection; no more, since some servers slow down. */
    async logIn(/** @type {App} */ app, /** @type {number} */ connections) {
      const count = connections - app.cookies.length
      app.cookies.push(...(await load.ask('logIn', { url: app.url, count })))
    },

    /** For a fixed time, of which `ramp` is not measured. In seconds. */
    async measure(/** @type {App} */ app, /** @type {string} */ mode, connections, ramp, seconds) {
      const { child, url, cookies } = app
      let usage
      const input = { url: `${url}/${mode}`, cookies, connections, ramp, seconds }
      const sample = await load.ask('run', input, (event) => {
        usage = child.ask(event)
      })
      return { ...sample, cpu: (await usage).cpu }
    },

    /** A fixed amount of requests, for what is counted. */
    async send(
      /** @type {App} */ { url, cookies },
      /** @type {string} */ mode,
      connections,
      amount,
    ) {
      await load.ask('send', { url: `${url}/${mode}`, cookies, connections, amount })
    },

    stop: () => load.stop(),
  }
}

module.exports = { startApp, startLoad }
