// The project's targets, and how a run meets them
// @ts-check
'use strict'

const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')
const { PAGES } = require('./tables')

/** @typedef {{ what: string, wanted: string, reached: number | undefined, unit: string, met: boolean | undefined }} Target */

/** Ratios of this store to the other. */
const AT_LEAST = [
  ...atLeast('rps', 'connect-mongo', ['read', 'write'], { 1: 1, 10: 1.8, 50: 3, 100: 4 }),
  ...atLeast('rps', 'connect-mongodb-session', ['read'], { 1: 1, 10: 1, 50: 1, 100: 1 }),
  ...atLeast('rps', 'connect-mongodb-session', ['write'], { 1: 1, 10: 1, 50: 2.5, 100: 1 }),
  ...atLeast('rps', 'memory', ['read', 'write'], { 50: 0.75, 100: 0.85 }),
]
const AT_MOST = [...atLeast('p99', 'connect-mongo', ['read', 'write'], { 50: 0.3, 100: 0.3 })]
const CALLED = { rps: 'requests/s', p99: 'p99' }
/** CPU per request that the store adds to MemoryStore's, relative to what connect-mongo adds. */
const ADDED = [
  ...atLeast('cpu', 'connect-mongo', ['read'], { 1: 1, 50: 0.12 }),
  ...atLeast('cpu', 'connect-mongo', ['write'], { 1: 1, 50: 0.15 }),
]
/** The time of a page, relative to connect-mongo. */
const PAGES_AT_MOST = { first: 0.65, reads: 0.6, 'after a write': 0.75, writes: 0.85 }

function atLeast(figure, against, modes, byConnections) {
  return modes.flatMap((mode) =>
    Object.entries(byConnections).map(([connections, limit]) => ({
      figure,
      against,
      where: { mode, connections: Number(connections) },
      limit,
    })),
  )
}

/** @param {any} run @returns {Target[]} */
function targetsOf(run) {
  const { page = [], http = [], ops = [], wire = [], memory = [] } = run.results
  const label = (/** @type {string} */ name) => contestants[name].label
  const load = new Measurements(http)
  const ofLoad = (list, sign, isMet) =>
    list.map(({ figure, against, where, limit }) => {
      const what = `${CALLED[figure]}, ${where.mode}s at ${where.connections}, to ${label(against)}`
      return target(what, sign, limit, load.ratio(where, 'ours', against, figure), '×', isMet)
    })
  return [
    ...ofPages(new Measurements(page), label('connect-mongo')),
    ...ofLoad(AT_LEAST, '≥', atLeastIt),
    ...ofLoad(AT_MOST, '≤', atMostIt),
    ...ADDED.map(({ figure, against, where, limit }) => {
      const share = load.added(where, 'ours', against, 'memory', figure)
      const what = `CPU added to ${label('memory')}'s, ${where.mode}s at ${where.connections}, to what ${label(against)} adds`
      return target(what, '≤', limit, share, '×', atMostIt)
    }),
    ...ofOperations(new Measurements(ops), label('same')),
    ...ofTheWire(new Measurements(wire)),
    ...ofMemory(memory),
  ]
}

function ofPages(/** @type {Measurements} */ measured, /** @type {string} */ other) {
  return Object.entries(PAGES_AT_MOST).map(([kind, limit]) => {
    const ratio = measured.ratio({ kind }, 'ours', 'connect-mongo', 'ms')
    return target(`time of a ${PAGES[kind]}, to ${other}`, '≤', limit, ratio, '×', atMostIt)
  })
}

function ofOperations(/** @type {Measurements} */ measured, /** @type {string} */ driver) {
  return ['get', 'touch', 'set', 'set new'].map((operation) => {
    const where = { server: 'fixed replies', operation, concurrency: 1 }
    const ratio = measured.ratio(where, 'unbatched', 'same', 'cpu')
    const what = `CPU of one ${operation} at a time, unbatched, to ${driver}`
    return target(what, '≤', 1.05, ratio, '×', atMostIt)
  })
}

function ofTheWire(/** @type {Measurements} */ measured) {
  const find = measured.find({ contestant: 'ours', mode: 'write', connections: 1, bytes: 65536 })
  const throttled = measured.figure(
    { contestant: 'throttled', mode: 'read', connections: 1, bytes: 300 },
    'commands',
  )
  return [
    target(
      'sent for a request that changes one key of 64 KB',
      '<',
      2048,
      find?.median.sent,
      ' bytes',
      (a, b) => a < b,
    ),
    target('commands for a read whose touch is throttled', '≤', 1, throttled, '', atMostIt),
  ]
}

/** Grows by at most a MB after the first tenth, when all code is loaded and compiled. */
function ofMemory(/** @type {any[]} */ memory) {
  const ours = memory.filter(({ where }) => where.contestant === 'ours')
  const held = ours.map(({ median }) => median.held / 2 ** 20)
  const grown = held.length ? held[held.length - 1] - held[Math.ceil(held.length / 10)] : undefined
  const operations = ours[ours.length - 1]?.where.operations
  return [
    target(
      `memory held, growth over ${operations ?? 'a million'} operations`,
      '≤',
      1,
      grown,
      ' MB',
      atMostIt,
    ),
  ]
}

const atLeastIt = (/** @type {number} */ reached, /** @type {number} */ limit) => reached >= limit
const atMostIt = (/** @type {number} */ reached, /** @type {number} */ limit) => reached <= limit

/** @returns {Target} */
function target(what, sign, limit, reached, unit, isMet) {
  const met = reached === undefined || Number.isNaN(reached) ? undefined : isMet(reached, limit)
  return { what, wanted: `${sign} ${limit}${unit}`, reached, unit, met }
}

module.exports = { targetsOf }
