// Runs every store side by side, and writes the results: see README.md
// @ts-check
'use strict'

const os = require('node:os')
const path = require('node:path')
const { startMongoDB } = require('local-mongodb')
const { startChild } = require('./child-processes')
const { contestants } = require('./contestants')
const { machine, versionsOf } = require('./machine')
const { progressLine } = require('./progress')
const { settingsFrom, USAGE } = require('./settings')
const { print, writeReport } = require('./report')

/** By their names in `--only`, in this order. */
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
  // The child processes read it
  if (settings.against) process.env.BENCH_AGAINST = settings.against
  const notes = /** @type {string[]} */ ([])
  const names = settings.stores.filter((name) => {
    const why = contestants[name].unavailable?.()
    if (why) notes.push(`${contestants[name].label}: ${why}`)
    return !why
  })
  const { progress, done } = progressLine()
  const wireServer = startChild('wire-server.js')
  const wire = { uri: await wireServer.call('listen'), child: wireServer }
  const local = await startMongoDB({ log: progress })
  const server =
    settings.server === 'wire' ? { uri: wire.uri, description: 'fixed replies' } : local

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
  // Some sections add contestants
  const measured = Object.values(results).flat()
  const participants = Object.keys(contestants).filter(
    (name) => names.includes(name) || measured.some(({ where }) => where.contestant === name),
  )
  const run = {
    started: started.toISOString(),
    seconds: Math.round((Date.now() - started.getTime()) / 1000),
    // Without the folders of this machine
    settings: { ...settings, out: undefined, against: undefined },
    machine: machine(),
    server: server.description,
    contestants: Object.fromEntries(
      participants.map((name) => [
        name,
        { label: contestants[name].label, versions: versionsOf(name) },
      ]),
    ),
    notes,
    results,
  }
  const files = writeReport(run, out)
  if (!settings.whole) print(run)
  console.log(`${out}: ${files.join(', ')}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // `exit` stops the children
  process.once(signal, () => process.exit(1))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
