// The cost of a store's operation, against the server and against fixed replies
// @ts-check
'use strict'

const { Measurements } = require('../statistics')
const { orderOfTurn } = require('../turns')
const { openStores } = require('./growth')

const OPERATIONS = ['get', 'touch', 'set', 'set new']
const CONCURRENCIES = [1, 50]

/** @param {import('./context').Context} bench */
module.exports = async function operations({ names, settings, server, wire, progress }) {
  const measurements = new Measurements()
  const participants = names.filter((name) => name !== 'none')
  if (names.includes('driver') && !names.includes('same')) participants.push('same')
  const servers = [
    { kind: 'fixed replies', uri: wire.uri, ...settings.operations },
    { kind: 'server', uri: server.uri, ...settings.serverOperations },
  ]
  for (const { kind, uri, rounds, count } of servers) {
    progress(`operations: ${kind}, starting the stores`)
    const children = await openStores(participants, { uri, prefix: 'operations' })
    // Many short rounds, not a few long ones: what is compared is close in time then
    for (let round = -settings.warmUpRounds; round < rounds; round++) {
      const order = orderOfTurn(children, round + settings.warmUpRounds)
      for (const concurrency of CONCURRENCIES) {
        for (const operation of OPERATIONS) {
          progress(`operations: ${kind}, round ${round + 1} of ${rounds}, ${operation}`)
          for (const { contestant, child, touches } of order) {
            if (operation === 'touch' && !touches) continue
            const sample = await child.call('measure', { operation, concurrency, count })
            const where = { contestant, server: kind, operation, concurrency }
            if (round >= 0) measurements.add(where, sample)
          }
        }
      }
    }
    for (const { child } of children) await child.stop()
  }
  return measurements.list
}

module.exports.OPERATIONS = OPERATIONS
module.exports.CONCURRENCIES = CONCURRENCIES
