// Runs every store side by side and writes what came out: see README.md
// @ts-check
'use strict'

const os = require('node:os')
const path = require('node:path')
const { startMongoDB } = require('local-mongodb')
const { start } = require('./children')
const { contestants } = require('./contestants')
const { machine, versionsOf } = require('./machine')
const { progressLine } = require('./progress')
const { settingsFrom, USAGE } = require('./settings')
const { print, writeReport } = require('./report')

/** In this order; each one's name is that of `--only`. */
const sections = {
  page: require('./sections/page'),
  http: require('./sections/http'),
  ops: require('./sections/operations'),
  wire: require('./sections/wire'),
  growth: require('./sections/growth'),
  memory: require('./sections/memory'),
}

async function main() {
  const settings = settingsFrom(process.argv.slice(2))
  if (settings.help) return console.log(USAGE)
  // For the contestant of that name, in the processes that are started from here
  if (settings.against) process.env.BENCH_AGAINST = settings.against
  const notes = /** @type {string[]} */ ([])
  const names = settings.stores.filter((name) => {
    const why = contestants[name].missing?.()
    if (why) notes.push(`${contestants[name].label}: ${why}`)
    return !why
  })
  const { progress, done } = progressLine()
  const wireServer = start('wire-server.js')
  const wire = { uri: await wireServer.ask('listen'), child: wireServer }
  const local = await startMongoDB({ log: progress })
  const server = settings.server === 'wire' ? { uri: wire.uri, kind: 'fixed replies' } : local

  const started = new Date()
  const results = {}
  for (const name of settings.sections) {
    results[name] = await sections[name]({ names, settings, server, wire, progress, notes })
  }
  await local.stop()
  await wireServer.stop()
  done()

  const out =
    settings.out ??
    (settings.whole
      ? path.join(__dirname, '..', 'docs', 'benchmarks')
      : path.join(os.tmpdir(), `express-mongoose-session-bench-${process.pid}`))
  // Some sections have contestants of their own
  const measured = Object.values(results).flat()
  const taking = Object.keys(contestants).filter(
    (name) => names.includes(name) || measured.some(({ where }) => where.contestant === name),
  )
  const run = {
    started: started.toISOString(),
    seconds: Math.round((Date.now() - started.getTime()) / 1000),
    // Without the folders, which are of this machine
    settings: { ...settings, out: undefined, against: undefined },
    machine: machine(),
    server: server.kind,
    contestants: Object.fromEntries(
      taking.map((name) => [name, { label: contestants[name].label, versions: versionsOf(name) }]),
    ),
    notes,
    results,
  }
  const files = writeReport(run, out)
  if (!settings.whole) print(run)
  console.log(`${out}: ${files.join(', ')}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // `exit` ends the children
  process.once(signal, () => process.exit(1))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
