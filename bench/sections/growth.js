// What an operation costs as the session grows, and as more sessions are stored
// @ts-check
'use strict'

const { start } = require('../children')
const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')

const SIZES = [1024, 16 * 1024, 128 * 1024]
/** How much less often a session is measured the larger it is. */
const LESS = { [SIZES[0]]: 1, [SIZES[1]]: 2, [SIZES[2]]: 5 }
const STORED = [1_000, 10_000, 100_000]
const OPERATIONS = ['get', 'touch', 'set']

/** @param {import('./context').Context} bench */
module.exports = async function growth(bench) {
  const measurements = new Measurements()
  for (const size of SIZES) await ofTheSession(bench, size, measurements)
  await ofTheCollection(bench, measurements)
  return measurements.list
}

/** Against fixed replies: how long a server takes over a large record is its own affair. */
async function ofTheSession({ names, settings, wire, progress }, size, measurements) {
  const taking = await opened(
    names.filter((name) => name !== 'none'),
    {
      uri: wire.uri,
      prefix: `size_${size}`,
      size,
    },
  )
  const { rounds, warmUpRounds } = settings.growth
  const count = Math.ceil(settings.growth.count / LESS[size])
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const operation of OPERATIONS) {
      progress(`growth: sessions of ${size} bytes, round ${round + 1} of ${rounds}, ${operation}`)
      for (const { contestant, child, touches } of taking) {
        if (operation === 'touch' && !touches) continue
        const sample = await child.ask('measure', { operation, concurrency: 1, count })
        if (round >= 0) measurements.add({ contestant, size, operation }, sample)
      }
    }
  }
  for (const { child } of taking) await child.stop()
}

async function ofTheCollection({ names, settings, server, progress, notes }, measurements) {
  const { rounds, count, fillSeconds } = settings.growth
  const withServer = names.filter((name) => !contestants[name].local)
  const taking = await opened(withServer, { uri: server.uri, prefix: 'stored' })
  sizes: for (const stored of STORED) {
    for (const { contestant, child } of taking) {
      progress(`growth: storing ${stored} sessions for ${contestant}`)
      const reached = await child.ask('fill', { count: stored, ms: fillSeconds * 1000 })
      if (reached >= stored) continue
      notes.push(
        `${stored} sessions stored: left out, since ${server.kind} had taken ${reached} of them ` +
          `in ${fillSeconds} s`,
      )
      break sizes
    }
    for (let round = 0; round < rounds; round++) {
      for (const { contestant, child } of taking) {
        progress(`growth: reading from ${stored} sessions, ${contestant}`)
        const input = { operation: 'get', concurrency: 1, count }
        const sample = await child.ask('measure', input)
        measurements.add({ contestant, stored, operation: 'get' }, sample)
      }
    }
  }
  for (const { child } of taking) {
    // A server may take its time over removing them: it is given as long as for storing them
    await Promise.race([
      child.ask('empty').catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, fillSeconds * 1000)),
    ])
    await child.stop()
  }
}

function opened(/** @type {string[]} */ names, { prefix, ...where }) {
  return Promise.all(
    names.map(async (contestant) => {
      const child = start('operations.js')
      const collectionName = `${prefix}_${process.pid}_${contestant}`.replaceAll('-', '_')
      const { touches } = await child.ask('open', { ...where, contestant, collectionName })
      return { contestant, child, touches }
    }),
  )
}

module.exports.SIZES = SIZES
module.exports.STORED = STORED
module.exports.OPERATIONS = OPERATIONS
module.exports.opened = opened
