// What the command line asks for
// @ts-check
'use strict'

const { parseArgs } = require('node:util')
const { contestants } = require('./contestants')

const SECTIONS = ['http', 'ops', 'wire', 'growth', 'memory']

const FULL = {
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

  --quick            under two minutes, and not to be relied upon
  --only a,b         of ${SECTIONS.join(', ')}
  --stores a,b       of ${Object.keys(contestants).join(', ')}
  --rounds n         how often everything is measured
  --seconds n        how long each load is measured
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
      seconds: { type: 'string' },
      server: { type: 'string', default: 'local' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const base = values.quick ? QUICK : FULL
  const rounds = values.rounds === undefined ? undefined : positive('rounds', values.rounds)
  if (!['local', 'wire'].includes(values.server)) throw new Error('--server: local or wire')
  return {
    ...base,
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
    stores: listed(
      'stores',
      values.stores,
      Object.keys(contestants).filter((name) => !contestants[name].extra || values.stores),
    ),
    storesGiven: values.stores !== undefined,
    whole: !values.only && !values.stores && !values.quick,
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
  return option === 'rounds' ? Math.ceil(number) : number
}

module.exports = { settingsFrom, USAGE, SECTIONS }
