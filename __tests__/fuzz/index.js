// Tries random sequences of operations on the store until one breaks a promise: npm run fuzz
'use strict'

const { randomInt } = require('node:crypto')
const { parseArgs } = require('node:util')
const mongoose = require('mongoose')
const { detectAbilities, startMongoDB } = require('local-mongodb')
const USAGE = `npm run fuzz                          until Ctrl-C
npm run fuzz -- --minutes 5
npm run fuzz -- --runs 1000
npm run fuzz -- --seed S --path P     repeats what was found`

async function main({ minutes, runs, seed, path }) {
  // Not before the arguments have been read: this takes seconds
  require('./typescript')
  const { AT_ONCE, search } = require('../support/model/search')
  const server = await startMongoDB()
  const connection = await mongoose.createConnection(server.uri).asPromise()
  try {
    console.log(`Server: ${server.description}. Seed: ${seed}`)
    const abilities = await detectAbilities(server.uri)
    const until = Date.now() + minutes * 60_000
    const found = path
      ? await search(connection, { runs: 1, seed, path, abilities })
      : await searchOn({ AT_ONCE, search }, connection, { until, runs, seed, abilities })
    if (found) process.exitCode = 1
    console.log(found ? inWords(found) : 'Every promise was kept.')
  } finally {
    await connection.close()
    await server.stop()
  }
}

/** In rounds, each by seeds of its own, until something is found or it is enough. */
async function searchOn({ AT_ONCE, search }, connection, { until, runs, seed, abilities }) {
  let isInterrupted = false
  process.once('SIGINT', () => {
    isInterrupted = true
  })
  const begin = Date.now()
  let done = 0
  for (let round = 0; done < runs && Date.now() < until && !isInterrupted; round++) {
    const share = Math.min(50 * AT_ONCE, runs - done)
    const roundSeed = (seed + round * AT_ONCE) | 0
    const found = await search(connection, { runs: share, seed: roundSeed, abilities })
    if (found) return found
    done += share
    tell(`${done} sequences in ${Math.round((Date.now() - begin) / 1000)} s`)
  }
  return undefined
}

/** A line that grows on a terminal, and lines elsewhere. */
function tell(line) {
  process.stdout.write(process.stdout.isTTY ? `\r${line} ` : `${line}\n`)
}

function inWords({ seed, path, report }) {
  return `\n${report}\n\nTo repeat it: npm run fuzz -- --seed ${seed} --path ${path}`
}

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: 'Infinity' },
      runs: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      path: { type: 'string' },
    },
  })
  const { path } = values
  const numbers = [values.minutes, values.runs, values.seed].map(Number)
  if (numbers.some(Number.isNaN)) throw new TypeError('minutes, runs and seed are numbers')
  const [minutes, runs, seed] = numbers
  return { minutes, runs, seed, path }
}

function misused(error) {
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}

let settings
try {
  settings = options()
} catch (error) {
  misused(error)
}
if (settings) main(settings)
