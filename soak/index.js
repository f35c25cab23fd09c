// Has the store used for long while everything around it fails, and checks what was promised
// @ts-check
'use strict'

const { abilitiesOf, directUriOf, findDurableServer, startMongoDB } = require('local-mongodb')
const mongoose = require('mongoose')
const { setTimeout: delay } = require('node:timers/promises')
const { MongoDBStore } = require('..')
const { progressLine } = require('../bench/progress')
const { startApp } = require('./app')
const { Faults } = require('./faults')
const { figuresOf, growth } = require('./figures')
const { checkAll } = require('./final-check')
const { Keeper } = require('./keeper')
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
  const { atomicUpdates } = await abilitiesOf(server.uri)
  const ledger = new Ledger({ late: true, atomicUpdates })
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (error) => ledger.broken(`${event}: ${Object(error).stack ?? error}`))
  }

  const proxy = new FaultyProxy(server.uri)
  const uri = await proxy.listen()
  const collection = `soak_${process.pid}`
  const connection = await mongoose.createConnection(uri, OPTIONS).asPromise()
  const own = { uri, connectionOptions: OPTIONS }
  const batched = newStore({ ...own, collection })
  const unbatched = newStore({ ...own, collection, batch: false })
  const encrypted = newStore({
    ...own,
    collection: `${collection}_encrypted`,
    encryption: { secrets: 'a secret of more than 32 characters' },
  })
  // Of a touch that has failed, the ledger has to know where a late one brings an older value back
  const borrowing = newStore({ connection, collection, awaitTouch: !atomicUpdates })
  const stores = [batched, unbatched, encrypted, borrowing]
  await Promise.all(stores.map((store) => store.ready()))
  const app = await startApp(borrowing, ledger)
  const random = new Random(settings.seed)
  const faults = new Faults(proxy, server.durable, random.split())
  let kept = 0
  const openStore = () => newStore({ connection, collection: `${collection}_kept_${++kept}` })
  const keeper = new Keeper(ledger, openStore, random.split())
  const load = new Load(ledger, {
    stores: [batched, unbatched, encrypted],
    app,
    random,
    keeper,
    ...settings,
  })
  const clients = stores.map(({ client }) => client)
  const emitters = [...stores, ...stores.map((store) => store.connection), ...clients]
  const check = () => checkAll(ledger, [batched, encrypted, keeper.store])

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
    await check()
    return figuresOf(emitters, clients)
  }

  ledger.on('violation', (what) => console.error(`\nbroken: ${what}`))
  const before = await run(settings.seconds * 0.3)
  const after = await run(settings.seconds * 0.7)
  const checked = await check()
  for (const what of growth(before, after)) ledger.broken(what)

  await app.close()
  // Also what was not answered may have been stored
  const collections = [collection, `${collection}_encrypted`]
  for (let i = 1; i <= kept; i++) collections.push(`${collection}_kept_${i}`)
  await Promise.all(collections.map((name) => connection.collection(name).deleteMany({})))
  await Promise.all([...stores, keeper.store].map((store) => store.close()))
  await connection.close()
  await proxy.close()
  await server.stop()
  done()
  summarise({ ledger, faults, before, after, checked })
  process.exitCode = ledger.violations.length > 0 ? 1 : 0
}

/**
 * Its sessions are found by the group that they say they are of.
 *
 * @param {any} options
 * @returns {any}
 */
function newStore(options) {
  const store = new MongoDBStore({
    awaitTouch: true,
    schema: { group: Number },
    fields: ({ group }) => ({ group }),
    ...options,
  })
  // That the server has no TTL index is not what this is about
  store.on('warning', () => {})
  return store
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
    const uri = await directUriOf(server.uri) // a proxy stands before one
    return { ...server, uri, kind: `${server.kind}, which is not killed`, durable: undefined }
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
