// What goes over the wire for each request, counted by the server with fixed replies
// @ts-check
'use strict'

const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')
const { startApp, startLoad } = require('./app-under-load')
const { MODES } = require('./http')

const CONNECTIONS = [1, 50]
/** Of the session: a small one, and one of which a write changes little. */
const SIZES = [300, 64 * 1024]
const PER_CONNECTION = 20

/** @param {import('..').Bench} bench */
module.exports = async function wire({ names, wire, progress }) {
  const measurements = new Measurements()
  const load = startLoad()
  const taking = names.filter((name) => !contestants[name].local)
  if (names.includes('ours') && !names.includes('throttled')) taking.push('throttled')
  for (const contestant of taking) {
    for (const bytes of SIZES) {
      progress(`wire: ${contestant}, sessions of ${bytes} bytes`)
      const where = { prefix: `wire_${bytes}`, uri: wire.uri, bytes }
      const app = await startApp(contestant, where)
      await load.logIn(app, Math.max(...CONNECTIONS))
      for (const connections of CONNECTIONS) {
        for (const mode of MODES) {
          const amount = connections * PER_CONNECTION
          await load.send(app, mode, connections, amount) // opens connections
          await wire.child.ask('counted', app.collection)
          await load.send(app, mode, connections, amount)
          const { messages, sent, received } = await wire.child.ask('counted', app.collection)
          measurements.add(
            { contestant, mode, connections, bytes },
            { commands: messages / amount, sent: sent / amount, received: received / amount },
          )
        }
      }
      await app.child.stop()
    }
  }
  await load.stop()
  return measurements.list
}

module.exports.CONNECTIONS = CONNECTIONS
module.exports.SIZES = SIZES
