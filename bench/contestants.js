// The stores that are compared, each with its own defaults
// @ts-check
'use strict'

const session = require('express-session')
const mongoose = require('mongoose')
const { DriverStore, SameCommandsStore, TutorialStore } = require('./plain-stores')

/**
 * @typedef {object} Opened
 * @property {any} [store] none where there is no session at all
 * @property {() => Promise<unknown>} close
 */
/**
 * @typedef {object} Contestant
 * @property {string} label
 * @property {string[]} packages it, and what it stands on, each in the one before
 * @property {string} [within] the package that brings the first of them
 * @property {boolean} [local] keeps nothing in a database
 * @property {boolean} [extra] takes part only where a section asks for it by name
 * @property {() => string | undefined} [missing] why it cannot take part
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
    within: 'mongoose',
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
    missing: () => (hasOption('batch') ? undefined : 'this build has no option `batch`'),
    open: ours({ batch: false }),
  },
  same: {
    label: 'bare driver, the same commands',
    packages: ['mongodb'],
    within: 'mongoose',
    extra: true,
    open: driver(SameCommandsStore, { ignoreUndefined: true }),
  },
  throttled: {
    label: 'express-mongoose-session, touchAfter: 60000',
    packages: ['express-mongoose-session', 'mongoose', 'mongodb'],
    extra: true,
    open: ours({ touchAfter: 60_000 }),
  },
  against: {
    label: 'express-mongoose-session, the other build',
    packages: [],
    extra: true,
    missing: () => (process.env.BENCH_AGAINST ? undefined : '--against names no other build'),
    open: (uri, collection) => ours({}, process.env.BENCH_AGAINST)(uri, collection),
  },
  memory: {
    label: 'MemoryStore',
    packages: ['express-session'],
    local: true,
    open: () => ({ store: new session.MemoryStore(), close: async () => {} }),
  },
  none: {
    label: 'no session',
    packages: ['express'],
    local: true,
    open: () => ({ close: async () => {} }),
  },
}

/** Asks the constructor, which names an unknown option before anything else and then opens nothing. */
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
