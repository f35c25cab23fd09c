// The project's targets, and how a run meets them
// @ts-check
'use strict'

const { contestants } = require('../contestants')
const { Measurements } = require('../statistics')
const { PAGES } = require('./tables')

/** @typedef {{ what: string, wanted: string, reached: number | undefined, unit: string, met: boolean | undefined }} Target */

/** CPU per request that the store adds to MemoryStore's, relative to what connect-mongo adds. */
const ADDED = [
  { mode: 'read', connections: 1, limit: 0.8 },
  { mode: 'read', connections: 50, limit: 0.25 },
  { mode: 'write', connections: 1, limit: 1 },
  { mode: 'write', connections: 50, limit: 0.35 },
]
/** The time of a page, relative to connect-mongo. */
const PAGES_AT_MOST = { reads: 0.6, 'after a write': 0.75, writes: 0.85 }

/** @param {any} run @returns {Target[]} */
function targetsOf(run) {
  const { page = [], http = [], wire = [], memory = [] } = run.results
  return [
    ...ofPages(new Measurements(page), contestants['connect-mongo'].label),
    ...ofLoad(new Measurements(http)),
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

function ofLoad(/** @type {Measurements} */ load) {
  const [memory, mongo] = [contestants.memory.label, contestants['connect-mongo'].label]
  return ADDED.map(({ limit, ...where }) => {
    const share = load.added(where, 'ours', 'connect-mongo', 'memory', 'cpu')
    const what = `CPU added to ${memory}'s, ${where.mode}s at ${where.connections}, to what ${mongo} adds`
    return target(what, '≤', limit, share, '×', atMostIt)
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

const atMostIt = (/** @type {number} */ reached, /** @type {number} */ limit) => reached <= limit

/** @returns {Target} */
function target(what, sign, limit, reached, unit, isMet) {
  const met = reached === undefined || Number.isNaN(reached) ? undefined : isMet(reached, limit)
  return { what, wanted: `${sign} ${limit}${unit}`, reached, unit, met }
}

module.exports = { targetsOf }
