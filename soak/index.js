// Uses the store under faults for a long time, and checks every promise
// @ts-check
'use strict'

const { detectAbilities, primaryUri, findDurableServer, startMongoDB } = require('local-mongodb')
const mongoose = require('mongoose')
const { setTimeout: delay } = require('node:timers/promises')
const { MongoDBStore } = require('..')
const { progressLine } = require('../bench/progress')
const { startApp } = require('./app')
const { FaultInjector } = require('./fault-injector')
const { measureResources, findLeaks } = require('./resources')
const { checkAllSessions } = require('./final-check')
const { CollectionOwner } = require('./collection-owner')
const { Checker } = require('./checker')
const { Load } = require('./load')
const { FaultyProxy } = require('./faulty-proxy')
const { Random } = require('./random')
const { settingsFrom, USAGE } = require('./settings')

/** Short time limits, to notice each fault; journaled writes, since the server is killed. */
const CONNECTION_OPTIONS = {
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
  console.log(`seed ${settings.seed}, ${settings.seconds} s, on ${server.description}`)
  const { atomicUpdates } = await detectAbilities(server.uri)
  const checker = new Checker({ lateWrites: true, atomicUpdates })
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (error) =>
      checker.reportViolation(`${event}: ${Object(error).stack ?? error}`),
    )
  }

  const proxy = new FaultyProxy(server.uri)
  const uri = await proxy.listen()
  const collection = `soak_${process.pid}`
  const connection = await mongoose.createConnection(uri, CONNECTION_OPTIONS).asPromise()
  const own = { uri, connectionOptions: CONNECTION_OPTIONS }
  const batched = newStore({ ...own, collection })
  const unbatched = newStore({ ...own, collection, batch: false })
  const encrypted = newStore({
    ...own,
    collection: `${collection}_encrypted`,
    encryption: { secrets: 'a secret of more than 32 characters' },
  })
  // Without atomic updates, a failed touch may bring an older value back: the checker must know of each
  const borrowing = newStore({ connection, collection, awaitTouch: !atomicUpdates })
  const stores = [batched, unbatched, encrypted, borrowing]
  await Promise.all(stores.map((store) => store.ready()))
  const app = await startApp(borrowing, checker)
  const random = new Random(settings.seed)
  const faults = new FaultInjector(proxy, server.durable, random.fork())
  let owned = 0
  const openStore = () => newStore({ connection, collection: `${collection}_owned_${++owned}` })
  const owner = new CollectionOwner(checker, openStore, random.fork())
  const load = new Load(checker, {
    stores: [batched, unbatched, encrypted],
    app,
    random,
    owner,
    ...settings,
  })
  const clients = stores.map(({ client }) => client)
  const emitters = [...stores, ...stores.map((store) => store.connection), ...clients]
  const check = () => checkAllSessions(checker, [batched, encrypted, owner.store])

  /** @param {number} seconds */
  async function run(seconds) {
    const onFault = (/** @type {string} */ fault) =>
      progress(
        `${checker.counts.direct.answered} calls, ${checker.counts.http.answered} requests; ${fault}`,
      )
    load.start()
    faults.start(onFault)
    await delay(seconds * 1000)
    await faults.stop()
    await load.stop()
    await check()
    return measureResources(emitters, clients)
  }

  checker.on('violation', (what) => console.error(`\nbroken promise: ${what}`))
  const before = await run(settings.seconds * 0.3)
  const after = await run(settings.seconds * 0.7)
  const checked = await check()
  for (const what of findLeaks(before, after)) checker.reportViolation(what)

  await app.close()
  // Unanswered writes may have stored records too
  const collections = [collection, `${collection}_encrypted`]
  for (let i = 1; i <= owned; i++) collections.push(`${collection}_owned_${i}`)
  await Promise.all(collections.map((name) => connection.collection(name).deleteMany({})))
  await Promise.all([...stores, owner.store].map((store) => store.close()))
  await connection.close()
  await proxy.close()
  await server.stop()
  done()
  summarise({ checker, faults, before, after, checked })
  process.exitCode = checker.violations.length > 0 ? 1 : 0
}

/**
 * Each session has its group as a field, for `destroyMany`.
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
  // The server may lack TTL indexes
  store.on('warning', () => {})
  return store
}

/**
 * A server that can be killed, if there is one.
 *
 * @param {(line: string) => void} log
 */
async function startServer(log) {
  const found = findDurableServer({ log })
  if ('missing' in found) {
    const server = await startMongoDB({ log })
    const uri = await primaryUri(server.uri) // a proxy stands before one
    return {
      ...server,
      uri,
      description: `${server.description}, which is not killed`,
      durable: undefined,
    }
  }
  const durable = await found.create()
  await durable.start()
  return { uri: durable.uri, description: durable.description, durable, stop: () => durable.stop() }
}

/** @param {Record<string, any>} results */
function summarise({ checker, faults, before, after, checked }) {
  console.table({ calls: checker.counts.direct, requests: checker.counts.http })
  console.table({ 'after warming up': before, 'at the end': after })
  console.log('faults:', faults.counts)
  console.log(
    `${checked} sessions checked at the end, ${checker.violations.length} promises broken`,
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // `exit` ends the server
  process.once(signal, () => process.exit(1))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
