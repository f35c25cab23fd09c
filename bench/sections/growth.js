// The cost of an operation by size of the session, and by number of sessions
// @ts-check
'use strict'

const { startChild } = require('../child-processes')
const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')
const { orderOfTurn } = require('../turns')

const SIZES = [1024, 16 * 1024, 128 * 1024]
/** Larger sessions are measured less often. */
const COUNT_DIVISORS = { [SIZES[0]]: 1, [SIZES[1]]: 2, [SIZES[2]]: 5 }
const STORED = [1_000, 10_000, 100_000]
const OPERATIONS = ['get', 'touch', 'set']

/** @param {import('./context').Context} bench */
module.exports = async function growth(bench) {
  const measurements = new Measurements()
  for (const size of SIZES) await measureBySessionSize(bench, size, measurements)
  await measureByCollectionSize(bench, measurements)
  return measurements.list
}

/** Against fixed replies: the server's own time for a large record does not count. */
async function measureBySessionSize({ names, settings, wire, progress }, size, measurements) {
  const participants = await openStores(
    names.filter((name) => name !== 'none'),
    {
      uri: wire.uri,
      prefix: `size_${size}`,
      size,
    },
  )
  const { rounds, warmUpRounds } = settings.growth
  const count = Math.ceil(settings.growth.count / COUNT_DIVISORS[size])
  for (let round = -warmUpRounds; round < rounds; round++) {
    const order = orderOfTurn(participants, round + warmUpRounds)
    for (const operation of OPERATIONS) {
      progress(`growth: sessions of ${size} bytes, round ${round + 1} of ${rounds}, ${operation}`)
      for (const { contestant, child, touches } of order) {
        if (operation === 'touch' && !touches) continue
        const sample = await child.call('measure', { operation, concurrency: 1, count })
        if (round >= 0) measurements.add({ contestant, size, operation }, sample)
      }
    }
  }
  for (const { child } of participants) await child.stop()
}

async function measureByCollectionSize({ names, settings, server, progress, notes }, measurements) {
  const { rounds, count, fillSeconds } = settings.growth
  const withServer = names.filter((name) => !contestants[name].inMemory)
  const participants = await openStores(withServer, { uri: server.uri, prefix: 'stored' })
  sizes: for (const stored of STORED) {
    for (const { contestant, child } of participants) {
      progress(`growth: storing ${stored} sessions for ${contestant}`)
      const reached = await child.call('fill', { count: stored, ms: fillSeconds * 1000 })
      if (reached >= stored) continue
      notes.push(
        `${stored} sessions stored: left out, since ${server.description} had taken ${reached} of them ` +
          `in ${fillSeconds} s`,
      )
      break sizes
    }
    for (let round = 0; round < rounds; round++) {
      for (const { contestant, child } of orderOfTurn(participants, round)) {
        progress(`growth: reading from ${stored} sessions, ${contestant}`)
        const input = { operation: 'get', concurrency: 1, count }
        const sample = await child.call('measure', input)
        measurements.add({ contestant, stored, operation: 'get' }, sample)
      }
    }
  }
  for (const { child } of participants) {
    // A slow server gets as long for the removal as for the inserts
    await Promise.race([
      child.call('empty').catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, fillSeconds * 1000)),
    ])
    await child.stop()
  }
}

function openStores(/** @type {string[]} */ names, { prefix, ...where }) {
  return Promise.all(
    names.map(async (contestant) => {
      const child = startChild('store-operations.js')
      const collectionName = `${prefix}_${process.pid}_${contestant}`.replaceAll('-', '_')
      const { touches } = await child.call('open', { ...where, contestant, collectionName })
      return { contestant, child, touches }
    }),
  )
}

module.exports.SIZES = SIZES
module.exports.STORED = STORED
module.exports.OPERATIONS = OPERATIONS
module.exports.openStores = openStores
