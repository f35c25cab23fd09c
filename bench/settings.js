// What the command line asks for
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
  // Long enough for the machine code of this load: a lone request takes other ways than a crowd
  ramp: 0.8,
  warmUp: 2,
  // With all connections, so that every store has opened its own to the server before the clock
  // runs, and with one: a lone request takes other ways than a crowd, whose machine code is to be
  // there as well
  warmUpConnections: [100, 1],
  warmUpRounds: 2,
  operations: { rounds: 15, count: 200 },
  serverOperations: { rounds: 5, count: 100 },
  growth: { rounds: 5, warmUpRounds: 1, count: 150, fillSeconds: 15 },
  soak: 1_000_000,
}
const QUICK = {
  page: { rounds: 1, warmUp: 10, turns: 4, pages: 5 },
  httpRounds: 1,
  seconds: 0.2,
  ramp: 0.05,
  warmUp: 0.3,
  // A crowd takes seconds to be let in: Node accepts one connection in each turn of its event loop
  warmUpConnections: [10],
  warmUpRounds: 1,
  operations: { rounds: 2, count: 30 },
  serverOperations: { rounds: 1, count: 30 },
  growth: { rounds: 1, warmUpRounds: 0, count: 20, fillSeconds: 1 },
  soak: 20_000,
}

const USAGE = `npm run bench -- [options]

  --quick            about two minutes, and not to be relied upon
  --only a,b         of ${SECTIONS.join(', ')}
  --stores a,b       of ${Object.keys(contestants).join(', ')}
  --rounds n         how often everything is measured
  --turns n          how often in each round, whose processes are new ones, the stores take turns at a load
  --seconds n        how long each load is measured
  --connections a,b  of ${CONNECTIONS.join(', ')}, for the app under load
  --delay n          ms between app and database each way, for the pages; 1 unless given, 0 for none
  --against folder   of another build of this store, which takes part: a checkout, or its dist
  --server wire      the app's load too is run against the server with fixed replies
  --out folder       where the results go; docs/benchmarks for a whole run, else a folder in /tmp`

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
  const rounds = values.rounds === undefined ? undefined : positive('rounds', values.rounds)
  if (!['local', 'wire'].includes(values.server)) throw new Error('--server: local or wire')
  const connections = listed('connections', values.connections, CONNECTIONS.map(String)).map(Number)
  const stores = listed(
    'stores',
    values.stores,
    Object.keys(contestants).filter((name) => !contestants[name].extra || values.stores),
  )
  const against = values.against === undefined ? undefined : buildIn(values.against)
  if (against && !stores.includes('against')) stores.push('against')
  return {
    ...base,
    page: { ...base.page, rounds: rounds ?? base.page.rounds },
    turns: values.turns === undefined ? 1 : positive('turns', values.turns),
    delay: values.delay === undefined ? 1 : notNegative('delay', values.delay),
    against,
    connections,
    warmUpConnections: values.connections
      ? [...new Set([Math.max(...connections), Math.min(...connections)])]
      : base.warmUpConnections,
    httpRounds: rounds ?? base.httpRounds,
    operations: { ...base.operations, rounds: rounds ?? base.operations.rounds },
    serverOperations: { ...base.serverOperations, rounds: rounds ?? base.serverOperations.rounds },
    growth: { ...base.growth, rounds: rounds ?? base.growth.rounds },
    seconds: values.seconds === undefined ? base.seconds : positive('seconds', values.seconds),
    quick: values.quick,
    help: values.help,
    server: values.server,
    out: values.out,
    sections: listed('only', values.only, SECTIONS),
    stores,
    storesGiven: values.stores !== undefined,
    // What only a part was asked for, or in another way, does not become the results of docs/
    whole: ['only', 'stores', 'quick', 'connections', 'delay', 'against'].every(
      (option) => !values[/** @type {keyof typeof values} */ (option)],
    ),
  }
}

/** @param {string} option @param {string | undefined} value @param {string[]} all */
function listed(option, value, all) {
  const given = value === undefined ? all : value.split(',').map((each) => each.trim())
  const unknown = given.find((each) => !all.includes(each))
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown} is none of ${all.join(', ')}`)
  return given
}

/** @param {string} option @param {string} value */
function positive(option, value) {
  const number = Number(value)
  if (!(number > 0)) throw new Error(`--${option}: a positive number`)
  return option === 'seconds' ? number : Math.ceil(number)
}

/** @param {string} option @param {string} value */
function notNegative(option, value) {
  const number = Number(value)
  if (!(number >= 0) || value.trim() === '') throw new Error(`--${option}: a number of ms, or 0`)
  return number
}

/** @param {string} folder */
function buildIn(folder) {
  try {
    return require.resolve(path.resolve(folder))
  } catch (cause) {
    throw new Error(`--against: ${folder} has no build of this store: npm run build there`, {
      cause,
    })
  }
}

module.exports = { settingsFrom, USAGE, CONNECTIONS, SECTIONS }
