// The options of the command line
// @ts-check
'use strict'

const { randomInt } = require('node:crypto')
const { parseArgs } = require('node:util')

const USAGE = `npm run soak -- [options]

  --minutes n, --seconds n   the duration; a minute by default
  --seed n                   repeats the random choices of a run: faults and actions
  --callers n, --visitors n  how many call the stores, and how many use the app; 6 and 4 by default`

/** @param {string[]} args */
function settingsFrom(args) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '0' },
      seed: { type: 'string', default: `${randomInt(2 ** 32)}` },
      callers: { type: 'string', default: '6' },
      visitors: { type: 'string', default: '4' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const number = (/** @type {Exclude<keyof typeof values, 'help'>} */ name) => {
    const value = Number(values[name])
    if (value >= 0) return value
    throw new Error(`--${name}: a number\n\n${USAGE}`)
  }
  return {
    seconds: number('minutes') * 60 + number('seconds') || 60,
    seed: number('seed'),
    callers: number('callers'),
    visitors: number('visitors'),
    help: values.help,
  }
}

module.exports = { settingsFrom, USAGE }
