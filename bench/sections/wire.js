// Commands and bytes on the wire for each request, counted by the server with fixed replies
// @ts-check
'use strict'

const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')
const { startApp, startLoad } = require('./app-under-load')
const { MODES } = require('./http')

/** Small sessions, and large ones with a small change. */
const CASES = [
  { connections: 1, bytes: 300, amount: 20 },
  { connections: 50, bytes: 300, amount: 250 },
  { connections: 1, bytes: 64 * 1024, amount: 20 },
]

/** @param {import('./context').Context} bench */
module.exports = async function onTheWire({ names, wire, progress, notes }) {
  const measurements = new Measurements()
  const load = startLoad()
  const participants = names.filter((name) => !contestants[name].inMemory)
  if (names.includes('ours') && !names.includes('throttled')) participants.push('throttled')
  if (names.includes('driver') && !names.includes('same')) participants.push('same')
  for (const contestant of participants) {
    /** @type {Map<number, import('./app-under-load').App>} one for each size */
    const apps = new Map()
    for (const { connections, bytes, amount } of CASES) {
      progress(`wire: ${contestant}, ${connections} connections, sessions of ${bytes} bytes`)
      const where = { prefix: `wire_${bytes}`, uri: wire.uri, bytes }
      const app = apps.get(bytes) ?? (await startApp(contestant, where))
      apps.set(bytes, app)
      await load.logIn(app, connections)
      for (const mode of MODES) {
        await wire.child.call('counted', app.collection)
        await load.send(app, mode, connections, amount)
        const { commands, sent, received } = await wire.child.call('counted', app.collection)
        const sample = {
          commands: total(commands) / amount,
          sent: sent / amount,
          received: received / amount,
        }
        measurements.add({ contestant, mode, connections, bytes }, sample)
      }
    }
    for (const { child } of apps.values()) await child.stop()
  }
  await load.stop()
  const [same, unbatched] = ['same', 'unbatched'].map((contestant) =>
    measurements.figure(
      { connections: 1, bytes: CASES[0].bytes, contestant, mode: 'write' },
      'sent',
    ),
  )
  if (same && unbatched && Math.abs(same / unbatched - 1) > 0.05) {
    notes.push(`${contestants.same.label}: they no longer are, ${same} bytes and not ${unbatched}`)
  }
  return measurements.list
}

const total = (/** @type {Record<string, number>} */ counts) =>
  Object.values(counts).reduce((sum, each) => sum + each, 0)

module.exports.CASES = CASES
