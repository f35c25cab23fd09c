// Requests per second, latency and CPU per request of an Express app, by connections
// @ts-check
'use strict'

const { MongoClient } = require('mongoose').mongo
const { Measurements } = require('../statistics')
const { orderOfTurn } = require('../turns')
const { startApp, startLoad } = require('./app-under-load')

const MODES = ['read', 'write']
/** The ramp, in seconds, after the first turn at a load. */
const SHORT_RAMP = 0.1

/** @param {import('./context').Context} bench */
module.exports = async function http({ names, settings, server, progress }) {
  const { httpRounds: rounds, turns, ramp, seconds, warmUp, warmUpConnections } = settings
  const measurements = new Measurements()
  const load = startLoad()
  const client = await MongoClient.connect(server.uri)
  const empty = ({ collection }) => client.db().collection(collection).deleteMany({})

  for (let round = 0; round < rounds; round++) {
    const say = (/** @type {string} */ what) =>
      progress(`http: round ${round + 1} of ${rounds}, ${what}`)
    say('starting the apps')
    const where = { prefix: `http_${round}`, uri: server.uri }
    const apps = await Promise.all(names.map((name) => startApp(name, where)))
    for (const app of apps) {
      say(`warming up ${app.contestant}`)
      await load.logIn(app, Math.max(...warmUpConnections))
      for (const connections of warmUpConnections) {
        for (const mode of MODES) await load.measure(app, mode, connections, 0, warmUp)
      }
      await empty(app)
      app.cookies = []
    }
    for (const connections of settings.connections) {
      for (const app of apps) await load.logIn(app, connections)
      for (const mode of MODES) {
        // The stores take turns, so that a slow moment of the machine affects all of them
        for (let turn = 0; turn < turns; turn++) {
          for (const app of orderOfTurn(apps, round * turns + turn)) {
            const { contestant } = app
            say(`${connections} connections, ${mode}s, ${contestant}`)
            const turnRamp = turn > 0 ? Math.min(ramp, SHORT_RAMP) : ramp
            const sample = await load.measure(app, mode, connections, turnRamp, seconds)
            measurements.add({ contestant, mode, connections }, sample)
          }
        }
      }
    }
    for (const app of apps) {
      await app.child.stop()
      await empty(app)
    }
  }
  await client.close()
  await load.stop()
  return measurements.list
}

module.exports.MODES = MODES
