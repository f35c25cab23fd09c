// What a visitor waits for: a page's first request, then six at once with the same cookie, far from the database
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { start } = require('../children')
const { Measurements } = require('../statistics')
const { startApp } = require('./app-under-load')
const { rotated } = require('./http')

/** What each page asks for. A first request alone is that of a page of reads. */
const PAGES = {
  reads: { first: 'read', rest: 'read' },
  'after a write': { first: 'write', rest: 'read' },
  writes: { first: 'read', rest: 'write' },
}
const FIRST = 'first'
/** In the order of the report. */
const KINDS = [FIRST, ...Object.keys(PAGES)]
/** Who takes part where nobody is named: what readers come from, and what no store on a server can be faster than. */
const KNOWN = ['ours', 'connect-mongo', 'connect-mongodb-session', 'memory', 'against']

/** @param {import('./context').Context} bench */
module.exports = async function page({ names, settings, server, progress, notes }) {
  const { rounds, warmUp, turns, pages } = settings.page
  const { delay } = settings
  // A visitor looks at a page; what a store does after its answers is over by then
  const pause = 10 + 4 * delay
  const taking = settings.storesGiven ? names : names.filter((name) => KNOWN.includes(name))
  const measurements = new Measurements()
  const client = new MongoClient(server.uri)
  if (delay > 0 && client.options.tls) {
    notes.push(
      'A page: left out, since a server with TLS is known by its own name only, and not by that of ' +
        'the proxy that holds what goes there; `--delay 0` measures it without one',
    )
    return []
  }
  const browser = start('browser.js')
  const proxy = start('delay-proxy.js')
  const uri = delay > 0 ? await proxy.ask('listen', { uri: server.uri, delay }) : server.uri

  for (let round = 0; round < rounds; round++) {
    const say = (/** @type {string} */ what) =>
      progress(`page: round ${round + 1} of ${rounds}, ${what}`)
    say('starting the apps')
    const where = { prefix: `page_${round}`, uri }
    const apps = await Promise.all(taking.map((name) => startApp(name, where)))
    for (const app of apps) {
      say(`warming up ${app.contestant}`)
      app.cookies = [await browser.ask('logIn', app.url)]
      for (const kind of Object.values(PAGES)) await load(app, kind, warmUp, 0)
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const [name, kind] of Object.entries(PAGES)) {
        // The stores take turns at a few pages each, so that a slow moment of the machine meets all of them
        for (const app of rotated(apps, round + turn)) {
          const { contestant } = app
          say(`turn ${turn + 1} of ${turns}, ${name}, ${contestant}`)
          // Not measured: it may have to open connections that have been idle for too long
          await load(app, kind, 1, pause)
          const times = await load(app, kind, pages, pause)
          if (name === 'reads') measurements.addAll({ contestant, kind: FIRST }, times.first)
          measurements.addAll({ contestant, kind: name }, times.page)
        }
      }
    }
    for (const { child, collection } of apps) {
      await child.stop()
      await client.db().collection(collection).deleteMany({})
    }
  }
  if (delay > 0) measurements.add({ kind: 'held' }, await proxy.ask('held'))
  await client.close()
  await Promise.all([browser.stop(), proxy.stop()])
  return measurements.list

  /** @returns {Promise<{ first: number[], page: number[] }>} */
  function load({ url, cookies: [cookie] }, { first, rest }, /** @type {number} */ pages, pause) {
    return browser.ask('load', { url, cookie, first, rest, pages, pause })
  }
}

module.exports.KINDS = KINDS
module.exports.KNOWN = KNOWN
