// A store without an app, in a process of its own: the cost of its operations, one at a time and many at once
// @ts-check
'use strict'

const session = require('express-session')
const { MongoClient } = require('mongoose').mongo
const { contestants } = require('./contestants')
const { serve } = require('./child-processes')
const { sampleSession } = require('./sample-session')

const HOUR = 60 * 60 * 1000
/** A prime: reads spread over all sessions, and never hit one twice in a row. */
const STRIDE = 7919

/** @typedef {{ sid: string, live?: any }} Turn */

/** @type {any} */
let store
/** The number of stored sessions. */
let stored = 0
let bytes = 0
let fresh = 0
/** @type {import('mongoose').mongo.Collection<any>} the store's, for work that is not measured */
let collection

/** With callbacks, as express-session calls them. */
const steps = {
  get: ({ sid }, done) => store.get(sid, (error, found) => done(error ?? missing(found))),
  touch({ sid, live }, done) {
    live.touch()
    // Its callback would come before the touch is written
    if (store.options?.awaitTouch === false) store.touch(sid, live).then(() => done(), done)
    else store.touch(sid, live, done)
  },
  set({ sid, live }, done) {
    live.touch()
    live.count++
    store.set(sid, live, done)
  },
  /** What a request does: load, and write or touch. */
  request({ sid }, done) {
    store.get(sid, (error, found) => {
      if (error || !found) return done(error ?? missing(found))
      const live = createLive(sid, found)
      steps[fresh++ % 2 && store.touch ? 'touch' : 'set']({ sid, live }, done)
    })
  },
}
steps['set new'] = steps.set

const missing = (/** @type {unknown} */ found) =>
  found ? undefined : new Error('a stored session was not found')

function createLive(/** @type {string} */ sid, data) {
  return store.createSession({ sessionID: sid, sessionStore: store }, data)
}

function newSession(/** @type {string} */ sid) {
  const Session = /** @type {any} */ (session).Session
  const live = new Session({ sessionID: sid, sessionStore: store }, sampleSession(bytes))
  live.cookie = new session.Cookie({ maxAge: HOUR })
  return live
}

const load = (/** @type {string} */ sid) =>
  new Promise((resolve, reject) => {
    store.get(sid, (error, found) => {
      if (error || !found) reject(error ?? missing(found))
      else resolve(createLive(sid, found))
    })
  })

const save = (/** @type {string} */ sid) =>
  new Promise((resolve, reject) => {
    store.set(sid, newSession(sid), (error) => (error ? reject(error) : resolve(undefined)))
  })

/** Loads the sessions before the measurement, each by itself, as in a request. */
async function prepareTurns(operation, /** @type {number} */ count) {
  /** @type {Turn[]} */
  const turns = []
  for (let i = 0; i < count; i++) {
    const sid = operation === 'set new' ? `new-${fresh++}` : `s${(i * STRIDE) % stored}`
    if (operation === 'set new') turns.push({ sid, live: newSession(sid) })
    else turns.push({ sid })
  }
  if (operation === 'touch' || operation === 'set') {
    for (let i = 0; i < count; i += 50) {
      const some = turns.slice(i, i + 50)
      await Promise.all(some.map(async (turn) => (turn.live = await load(turn.sid))))
    }
  }
  return turns
}

function runTurns(/** @type {Turn[]} */ turns, /** @type {number} */ concurrency, step) {
  return new Promise((resolve, reject) => {
    let begun = 0
    let under = 0
    const next = () => {
      if (begun === turns.length) return under === 0 && resolve(undefined)
      under++
      step(turns[begun++], (error) => {
        under--
        if (error) reject(error)
        else next()
      })
    }
    for (let i = 0; i < Math.min(concurrency, turns.length); i++) next()
  })
}

const handlers = {
  async open({ contestant, uri, collectionName, seeds = 50, size }) {
    ;({ store } = await contestants[contestant].open(uri, collectionName))
    // Binds the store to express-session, as in an app
    session({ store, secret: 'bench', resave: false, saveUninitialized: false })
    if (!contestants[contestant].inMemory) {
      collection = (await MongoClient.connect(uri)).db().collection(collectionName)
    }
    bytes = size
    stored = seeds
    for (let i = 0; i < seeds; i++) await save(`s${i}`)
    return { touches: typeof store.touch === 'function' }
  },

  /** µs of CPU (of the whole process) and of time for each operation. */
  async measure({ operation, concurrency, count }) {
    // Warms up: code that has not run for a while is slow at first
    await runTurns(
      await prepareTurns(operation, Math.ceil(count / 4)),
      concurrency,
      steps[operation],
    )
    const turns = await prepareTurns(operation, count)
    const cpuBefore = process.cpuUsage()
    const from = performance.now()
    await runTurns(turns, concurrency, steps[operation])
    const wall = ((performance.now() - from) * 1000) / count
    const { user, system } = process.cpuUsage(cpuBefore)
    if (operation === 'set new') await collection?.deleteMany({ _id: /^new-/ })
    return { cpu: (user + system) / count, wall }
  },

  /** Fills the collection with up to `count` records like the store's own, within `ms`. */
  async fill({ count, ms }) {
    const { _id, ...record } = await collection.findOne({ _id: 's0' })
    const until = performance.now() + ms
    while (stored < count && performance.now() < until) {
      const size = Math.min(1000, count - stored)
      const some = Array.from({ length: size }, (_, i) => ({ _id: `s${stored + i}`, ...record }))
      await collection.insertMany(some)
      stored += size
    }
    return stored
  },

  async empty() {
    await collection.deleteMany({})
  },

  /** Bytes in use after garbage collection. */
  heap() {
    for (let i = 0; i < 3; i++) global.gc?.()
    const { heapUsed, external, rss } = process.memoryUsage()
    return { held: heapUsed + external, rss }
  },
}

if (process.send) serve(handlers)
else module.exports = handlers
