// The stores that are compared, each with its own defaults
// @ts-check
'use strict'

const session = require('express-session')
const mongoose = require('mongoose')
const { DriverStore, SameCommandsStore, TutorialStore } = require('./plain-stores')

/**
 * @typedef {object} Opened
 * @property {any} [store] undefined for an app without sessions
 * @property {() => Promise<unknown>} close
 */
/**
 * @typedef {object} Contestant
 * @property {string} label
 * @property {string[]} packages the store's, then what each of them depends on
 * @property {string} [dependencyOf] the package that installs the first of them
 * @property {boolean} [inMemory] uses no database
 * @property {boolean} [onlyByName] takes part only if a section or `--stores` names it
 * @property {() => string | undefined} [unavailable] why it cannot take part
 * @property {(uri: string, collection: string) => Opened | Promise<Opened>} open
 */

const ours =
  (options = {}, build = '..') =>
  (/** @type {string} */ uri, collection) => {
    const { MongoDBStore } = require(build)
    const store = new MongoDBStore({ uri, collection, ...options })
    store.on('warning', () => {})
    return { store, close: () => store.close() }
  }

const driver =
  (/** @type {typeof DriverStore} */ Store, options = {}) =>
  async (/** @type {string} */ uri, /** @type {string} */ collection) => {
    const client = await mongoose.mongo.MongoClient.connect(uri)
    const store = new Store(client.db().collection(collection, options))
    return { store, close: () => client.close() }
  }

/** @type {Record<string, Contestant>} */
const contestants = {
  'connect-mongo': {
    label: 'connect-mongo',
    packages: ['connect-mongo', 'mongodb'],
    open(mongoUrl, collectionName) {
      const { MongoStore } = require('connect-mongo')
      const store = MongoStore.create({ mongoUrl, collectionName })
      return { store, close: () => store.close() }
    },
  },
  'connect-mongodb-session': {
    label: 'connect-mongodb-session',
    packages: ['connect-mongodb-session', 'mongodb'],
    open(uri, collection) {
      const Store = require('connect-mongodb-session')(session)
      const store = new Store({ uri, collection })
      return { store, close: () => store.client.close() }
    },
  },
  driver: {
    label: 'bare driver',
    packages: ['mongodb'],
    dependencyOf: 'mongoose',
    open: driver(DriverStore),
  },
  mongoose: {
    label: 'plain Mongoose',
    packages: ['mongoose', 'mongodb'],
    async open(uri, collection) {
      const connection = await mongoose.createConnection(uri).asPromise()
      return {
        store: new TutorialStore(connection, collection),
        close: () => connection.close(),
      }
    },
  },
  ours: {
    label: 'express-mongoose-session',
    packages: ['express-mongoose-session', 'mongoose', 'mongodb'],
    open: ours(),
  },
  unbatched: {
    label: 'express-mongoose-session, batch: false',
    packages: ['express-mongoose-session', 'mongoose', 'mongodb'],
    unavailable: () => (hasOption('batch') ? undefined : 'this build has no option `batch`'),
    open: ours({ batch: false }),
  },
  same: {
    label: 'bare driver, the same commands',
    packages: ['mongodb'],
    dependencyOf: 'mongoose',
    onlyByName: true,
    open: driver(SameCommandsStore, { ignoreUndefined: true }),
  },
  throttled: {
    label: 'express-mongoose-session, touchAfter: 60000',
    packages: ['express-mongoose-session', 'mongoose', 'mongodb'],
    onlyByName: true,
    open: ours({ touchAfter: 60_000 }),
  },
  against: {
    label: 'express-mongoose-session, the other build',
    packages: [],
    onlyByName: true,
    unavailable: () => (process.env.BENCH_AGAINST ? undefined : '--against names no other build'),
    open: (uri, collection) => ours({}, process.env.BENCH_AGAINST)(uri, collection),
  },
  memory: {
    label: 'MemoryStore',
    packages: ['express-session'],
    inMemory: true,
    open: () => ({ store: new session.MemoryStore(), close: async () => {} }),
  },
  none: {
    label: 'no session',
    packages: ['express'],
    inMemory: true,
    open: () => ({ close: async () => {} }),
  },
}

/** By the constructor's error: it names unknown options, and `writes` keeps it from opening a connection. */
function hasOption(/** @type {string} */ name) {
  const { MongoDBStore } = require('..')
  try {
    new MongoDBStore({ writes: 'neither', [name]: false })
  } catch (error) {
    return !String(error).includes(`no option \`${name}\``)
  }
  return true
}

module.exports = { contestants }
