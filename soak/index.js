// Has the store used for long while everything around it fails, and checks what was promised
// @ts-check
'use strict'

const { findDurableServer, startMongoDB } = require('local-mongodb')
const mongoose = require('mongoose')
const { setTimeout: delay } = require('node:timers/promises')
const { MongoDBStore } = require('..')
const { progressLine } = require('../bench/progress')
const { startApp } = require('./app')
const { Faults } = require('./faults')
const { figuresOf, growth } = require('./figures')
const { checkAll } = require('./final-check')
const { Ledger } = require('./ledger')
const { Load } = require('./load')
const { FaultyProxy } = require('./faulty-proxy')
const { Random } = require('./random')
const { settingsFrom, USAGE } = require('./settings')

/** So that a fault is noticed within its time, and what was answered is on disk. */
const OPTIONS = {
  maxPoolSize: 5,
  serverSelectionTimeoutMS: 1500,
  connectTimeoutMS: 1000,
  socketTimeoutMS: 1500,
  waitQueueTimeoutMS: 1500,
  heartbeatFrequencyMS: 1000,
  w: 1,
  journal: true,
}

async function main() {
  const settings = settingsFrom(process.argv.slice(2))
  if (settings.help) return console.log(USAGE)
  const { progress, done } = progressLine()
  const server = await startServer(progress)
  console.log(`seed ${settings.seed}, ${settings.seconds} s, on ${server.kind}`)
  const ledger = new Ledger({ late: true })
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (error) => ledger.broken(`${event}: ${Object(error).stack ?? error}`))
  }

  const proxy = new FaultyProxy(server.uri)
  const uri = await proxy.listen()
  const collection = `soak_${process.pid}`
  const store = new MongoDBStore({ uri, collection, connectionOptions: OPTIONS })
  const connection = await mongoose.createConnection(uri, OPTIONS).asPromise()
  const borrowing = new MongoDBStore({ connection, collection })
  // That the server has no TTL index is not what this is about
  for (const each of [store, borrowing]) each.on('warning', () => {})
  await Promise.all([store.ready(), borrowing.ready()])
  const app = await startApp(borrowing)
  const random = new Random(settings.seed)
  const faults = new Faults(proxy, server.durable, random.split())
  const load = new Load(ledger, { store, app, random, ...settings })
  const emitters = [store, borrowing, store.connection, connection]
  for (const { client } of [store, borrowing]) if (client) emitters.push(client)

  /** @param {number} seconds */
  async function run(seconds) {
    const tell = (/** @type {string} */ fault) =>
      progress(
        `${ledger.counts.direct.answered} calls, ${ledger.counts.http.answered} requests; ${fault}`,
      )
    load.begin()
    faults.begin(tell)
    await delay(seconds * 1000)
    await faults.end()
    await load.end()
    await checkAll(ledger, store)
    return figuresOf(emitters)
  }

  ledger.on('violation', (what) => console.error(`\nbroken: ${what}`))
  const before = await run(settings.seconds * 0.3)
  const after = await run(settings.seconds * 0.7)
  const checked = await checkAll(ledger, store)
  for (const what of growth(before, after)) ledger.broken(what)

  await app.close()
  await store.clear()
  await Promise.all([store.close(), borrowing.close()])
  await connection.close()
  await proxy.close()
  await server.stop()
  done()
  summarise({ ledger, faults, before, after, checked })
  process.exitCode = ledger.violations.length > 0 ? 1 : 0
}

/**
 * One that can be killed, if there is one.
 *
 * @param {(line: string) => void} log
 */
async function startServer(log) {
  const found = findDurableServer({ log })
  if ('missing' in found) {
    const server = await startMongoDB({ log })
    return { ...server, kind: `${server.kind}, which is not killed`, durable: undefined }
  }
  const durable = await found.create()
  await durable.start()
  return { uri: durable.uri, kind: durable.kind, durable, stop: () => durable.stop() }
}

/** @param {Record<string, any>} results */
function summarise({ ledger, faults, before, after, checked }) {
  console.table({ calls: ledger.counts.direct, requests: ledger.counts.http })
  console.table({ 'after warming up': before, 'at the end': after })
  console.log('faults:', faults.counts)
  console.log(`${checked} sessions checked at the end, ${ledger.violations.length} promises broken`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // `exit` ends the server
  process.once(signal, () => process.exit(1))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
