// The options of the command line
// @ts-check
'use strict'

const path = require('node:path')
const { parseArgs } = require('node:util')
const { contestants } = require('./contestants')

/** Of the app under load. */
const CONNECTIONS = [1, 10, 50, 100]
const SECTIONS = ['page', 'http', 'ops', 'wire', 'growth', 'memory']

const FULL = {
  // Three hundred pages of each kind
  page: { rounds: 5, warmUp: 40, turns: 6, pages: 10 },
  httpRounds: 5,
  seconds: 0.8,
  // Long enough for V8 to optimize the code for this load
  ramp: 0.8,
  warmUp: 2,
  // With all connections, so that every store has filled its pool before the measurement; and with
  // one, since a single request runs other code than many at once
  warmUpConnections: [100, 1],
  warmUpRounds: 2,
  operations: { rounds: 15, count: 200 },
  serverOperations: { rounds: 5, count: 100 },
  growth: { rounds: 5, warmUpRounds: 1, count: 150, fillSeconds: 15 },
  memoryOperations: 1_000_000,
}
const QUICK = {
  page: { rounds: 1, warmUp: 10, turns: 4, pages: 5 },
  httpRounds: 1,
  seconds: 0.2,
  ramp: 0.05,
  warmUp: 0.3,
  // More would take seconds: Node accepts one connection in each turn of its event loop
  warmUpConnections: [10],
  warmUpRounds: 1,
  operations: { rounds: 2, count: 30 },
  serverOperations: { rounds: 1, count: 30 },
  growth: { rounds: 1, warmUpRounds: 0, count: 20, fillSeconds: 1 },
  memoryOperations: 20_000,
}

const USAGE = `npm run bench -- [options]

  --quick            about two minutes; the figures are rough
  --only a,b         of ${SECTIONS.join(', ')}
  --stores a,b       of ${Object.keys(contestants).join(', ')}
  --rounds n         how often everything is measured
  --turns n          how often the stores take turns at a load within a round; each round has new processes
  --seconds n        how long each load is measured
  --connections a,b  of ${CONNECTIONS.join(', ')}, for the app under load
  --delay n          ms between app and database each way, for the pages; 1 by default, 0 for none
  --against folder   another build of this store to compare with: a checkout, or its dist
  --server wire      runs the app's load against the server with fixed replies
  --out folder       the folder of the results; docs/benchmarks for a whole run, else one in /tmp`

/** @param {string[]} args */
function settingsFrom(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      stores: { type: 'string' },
      rounds: { type: 'string' },
      turns: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      delay: { type: 'string' },
      against: { type: 'string' },
      server: { type: 'string', default: 'local' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const base = values.quick ? QUICK : FULL
  const rounds = values.rounds === undefined ? undefined : positiveNumber('rounds', values.rounds)
  if (!['local', 'wire'].includes(values.server)) throw new Error('--server: local or wire')
  const connections = listOption('connections', values.connections, CONNECTIONS.map(String)).map(
    Number,
  )
  const stores = listOption(
    'stores',
    values.stores,
    Object.keys(contestants).filter((name) => !contestants[name].onlyByName || values.stores),
  )
  const against = values.against === undefined ? undefined : resolveBuild(values.against)
  if (against && !stores.includes('against')) stores.push('against')
  return {
    ...base,
    page: { ...base.page, rounds: rounds ?? base.page.rounds },
    turns: values.turns === undefined ? 1 : positiveNumber('turns', values.turns),
    delay: values.delay === undefined ? 1 : nonNegativeNumber('delay', values.delay),
    against,
    connections,
    warmUpConnections: values.connections
      ? [...new Set([Math.max(...connections), Math.min(...connections)])]
      : base.warmUpConnections,
    httpRounds: rounds ?? base.httpRounds,
    operations: { ...base.operations, rounds: rounds ?? base.operations.rounds },
    serverOperations: { ...base.serverOperations, rounds: rounds ?? base.serverOperations.rounds },
    growth: { ...base.growth, rounds: rounds ?? base.growth.rounds },
    seconds:
      values.seconds === undefined ? base.seconds : positiveNumber('seconds', values.seconds),
    quick: values.quick,
    help: values.help,
    server: values.server,
    out: values.out,
    sections: listOption('only', values.only, SECTIONS),
    stores,
    storesGiven: values.stores !== undefined,
    // The results of a partial or changed run do not replace those in docs/
    whole: ['only', 'stores', 'quick', 'connections', 'delay', 'against'].every(
      (option) => !values[/** @type {keyof typeof values} */ (option)],
    ),
  }
}

/** @param {string} option @param {string | undefined} value @param {string[]} all */
function listOption(option, value, all) {
  const given = value === undefined ? all : value.split(',').map((each) => each.trim())
  const unknown = given.find((each) => !all.includes(each))
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown} is none of ${all.join(', ')}`)
  return given
}

/** @param {string} option @param {string} value */
function positiveNumber(option, value) {
  const number = Number(value)
  if (!(number > 0)) throw new Error(`--${option}: a positive number`)
  return option === 'seconds' ? number : Math.ceil(number)
}

/** @param {string} option @param {string} value */
function nonNegativeNumber(option, value) {
  const number = Number(value)
  if (!(number >= 0) || value.trim() === '') throw new Error(`--${option}: a number of ms, or 0`)
  return number
}

/** @param {string} folder */
function resolveBuild(folder) {
  try {
    return require.resolve(path.resolve(folder))
  } catch (cause) {
    throw new Error(`--against: ${folder} has no build of this store: npm run build there`, {
      cause,
    })
  }
}

module.exports = { settingsFrom, USAGE, CONNECTIONS, SECTIONS }
