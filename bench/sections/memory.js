// The memory of a process after garbage collection, over a million operations
// @ts-check
'use strict'

const { startChild } = require('../child-processes')
const { Measurements } = require('../statistics')

const PARTS = 20
const CONCURRENCY = 50

/** @param {import('./context').Context} bench */
module.exports = async function memory({ names, settings, wire, progress }) {
  const measurements = new Measurements()
  // Others only if `--stores` names them: a million operations take a while
  const chosen = settings.storesGiven ? names.filter((name) => name !== 'none') : ['ours']
  for (const contestant of chosen.filter((name) => names.includes(name))) {
    const child = startChild('store-operations.js', ['--expose-gc'])
    const collectionName = `memory_${process.pid}_${contestant}`
    await child.call('open', { contestant, uri: wire.uri, collectionName })
    // Each request is two operations: get, and touch or set
    const count = settings.memoryOperations / PARTS / 2
    for (let part = 0; part <= PARTS; part++) {
      progress(
        `memory: ${contestant}, ${part * 2 * count} of ${settings.memoryOperations} operations`,
      )
      if (part > 0) {
        await child.call('measure', { operation: 'request', concurrency: CONCURRENCY, count })
      }
      const { held, rss } = await child.call('heap')
      measurements.add({ contestant, operations: part * 2 * count }, { held, rss })
    }
    await child.stop()
  }
  return measurements.list
}
