// The time of a page: its first request, then six at once with the same cookie, far from the database
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { startChild } = require('../child-processes')
const { Measurements } = require('../statistics')
const { orderOfTurn } = require('../turns')
const { startApp } = require('./app-under-load')

/** The requests of each kind of page. `FIRST` is the first request of a page of reads, by itself. */
const PAGES = {
  reads: { first: 'read', rest: 'read' },
  'after a write': { first: 'write', rest: 'read' },
  writes: { first: 'read', rest: 'write' },
}
const FIRST = 'first'
/** In the order of the report. */
const KINDS = [FIRST, ...Object.keys(PAGES)]
/** Without `--stores`: the stores that readers know, and MemoryStore, which no store on a server can beat. */
const DEFAULT_STORES = ['ours', 'connect-mongo', 'connect-mongodb-session', 'memory', 'against']

/** @param {import('./context').Context} bench */
module.exports = async function page({ names, settings, server, progress, notes }) {
  const { rounds, warmUp, turns, pages } = settings.page
  const { delay } = settings
  // Between two pages: what a store does after its answers is over by then
  const pause = 10 + 4 * delay
  const participants = settings.storesGiven
    ? names
    : names.filter((name) => DEFAULT_STORES.includes(name))
  const measurements = new Measurements()
  const client = new MongoClient(server.uri)
  if (delay > 0 && client.options.tls) {
    notes.push(
      'A page: left out, since a server with TLS is known by its own name only, and not by that of ' +
        'the proxy that holds what goes there; `--delay 0` measures it without one',
    )
    return []
  }
  const browser = startChild('browser.js')
  const proxy = startChild('delay-proxy.js')
  const uri = delay > 0 ? await proxy.call('listen', { uri: server.uri, delay }) : server.uri

  for (let round = 0; round < rounds; round++) {
    const say = (/** @type {string} */ what) =>
      progress(`page: round ${round + 1} of ${rounds}, ${what}`)
    say('starting the apps')
    const where = { prefix: `page_${round}`, uri }
    const apps = await Promise.all(participants.map((name) => startApp(name, where)))
    for (const app of apps) {
      say(`warming up ${app.contestant}`)
      app.cookies = [await browser.call('logIn', app.url)]
      for (const kind of Object.values(PAGES)) await loadPages(app, kind, warmUp, 0)
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const [name, kind] of Object.entries(PAGES)) {
        // The stores take turns, so that a slow moment of the machine affects all of them
        for (const app of orderOfTurn(apps, round * turns + turn)) {
          const { contestant } = app
          say(`turn ${turn + 1} of ${turns}, ${name}, ${contestant}`)
          // Not measured: idle connections may have to be opened again
          await loadPages(app, kind, 1, pause)
          const times = await loadPages(app, kind, pages, pause)
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
  if (delay > 0) measurements.add({ kind: 'held' }, await proxy.call('delays'))
  await client.close()
  await Promise.all([browser.stop(), proxy.stop()])
  return measurements.list

  /** @returns {Promise<{ first: number[], page: number[] }>} */
  function loadPages(
    { url, cookies: [cookie] },
    { first, rest },
    /** @type {number} */ pages,
    pause,
  ) {
    return browser.call('load', { url, cookie, first, rest, pages, pause })
  }
}

module.exports.KINDS = KINDS
module.exports.DEFAULT_STORES = DEFAULT_STORES
