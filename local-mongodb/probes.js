// How to detect each ability of a server
// @ts-check
'use strict'

const { isDeepStrictEqual } = require('node:util')
const { Decimal128, Long } = require('mongoose').mongo

/**
 * @typedef {object} Scratch
 * @property {import('mongoose').mongo.MongoClient} client
 * @property {import('mongoose').mongo.Db} db
 * @property {import('mongoose').mongo.Collection<any>} collection used by this probe alone
 * @property {string} name of the collection
 */

/**
 * Returns a result, or throws if the server lacks the ability.
 *
 * @typedef {(scratch: Scratch) => Promise<unknown>} Probe
 */

/** @type {{ [name in keyof import('./index.d.ts').Abilities]: Probe }} */
const probes = {
  /** With more records to search, there is more time for the race. */
  async atomicRemoval({ collection }) {
    await collection.insertMany(Array.from({ length: 1000 }, () => ({ a: 0 })))
    for (let round = 0; round < 10; round++) {
      await collection.insertOne({ _id: 'one', a: 1 })
      const [, { matchedCount }] = await Promise.all([
        collection.deleteMany({ a: 1 }),
        collection.updateOne({ _id: 'one' }, { $set: { a: 2 } }),
      ])
      const { deletedCount } = await collection.deleteOne({ _id: 'one' })
      if (matchedCount === 1 && deletedCount === 0) return false
    }
    return true
  },

  async atomicUpdates({ collection }) {
    const fields = Array.from({ length: 5 }, (_, i) => `f${i}`)
    for (let _id = 0; _id < 20; _id++) {
      await collection.insertOne({ _id })
      await Promise.all(
        fields.map((field) => collection.updateOne({ _id }, { $set: { [field]: 1 } })),
      )
      const found = await collection.findOne({ _id })
      if (!fields.every((field) => found[field] === 1)) return false
    }
    return true
  },

  async bulkErrors({ collection }) {
    await collection.insertOne({ _id: 1 })
    const operations = [1, 2].map((_id) => ({ insertOne: { document: { _id } } }))
    const error = await errorOf(collection.bulkWrite(operations, { ordered: false }))
    const reported = [error.writeErrors].flat().some((failure) => failure?.index === 0)
    return reported && (await collection.countDocuments()) === 2
  },

  async changeStreams({ collection }) {
    const stream = collection.watch([], { maxAwaitTimeMS: 100 })
    try {
      await stream.tryNext() // opens it
      await collection.insertOne({ _id: 1 })
      return (await stream.next()).documentKey._id === 1
    } finally {
      await stream.close()
    }
  },

  async collMod({ collection, db, name }) {
    await collection.createIndex({ a: 1 }, { expireAfterSeconds: 60 })
    await db.command({ collMod: name, index: { keyPattern: { a: 1 }, expireAfterSeconds: 90 } })
    return (await collection.indexes()).some((index) => index.expireAfterSeconds === 90)
  },

  createCollection: ({ db, name }) => succeeds(db.createCollection(name)),

  async currentDate({ collection }) {
    await collection.updateOne({ _id: 1 }, { $currentDate: { at: true } }, { upsert: true })
    return (await collection.findOne()).at instanceof Date
  },

  async databases({ client, collection, name }) {
    const other = client.db(name)
    try {
      await other.collection(name).insertOne({ a: 1 })
      return (await collection.countDocuments()) === 0
    } finally {
      await other.dropDatabase().catch(() => other.collection(name).deleteMany({}))
    }
  },

  /** A server without it may close the connection. */
  decimal128: ({ collection }) => storesValue(collection, Decimal128.fromString('0.50')),

  dollarKeys: ({ collection }) => storesValue(collection, { $a: 1, b: { $c: 2 } }),

  dottedKeys: ({ collection }) => storesValue(collection, { 'a.b': 1, c: { 'd.e': 2 } }),

  async drop({ collection }) {
    await collection.insertOne({ a: 1 })
    await collection.drop()
    return (await collection.countDocuments()) === 0
  },

  dropDatabase: ({ client, name }) => succeeds(client.db(name).dropDatabase()),

  async dropIndex({ collection }) {
    await collection.dropIndex(await collection.createIndex({ a: 1 }))
    return (await collection.indexes()).length === 1
  },

  async duplicateKeyPattern({ collection }) {
    await collection.insertOne({ _id: 1 })
    const error = await errorOf(collection.insertOne({ _id: 1 }))
    return isDeepStrictEqual(error.keyPattern, { _id: 1 })
  },

  async elemMatch({ collection }) {
    await collection.insertMany([{ _id: 1, list: [{ a: 1 }, { a: 2 }] }, { _id: 2 }])
    const $elemMatch = { a: { $gt: 1 } }
    const found = [{ $elemMatch }, { $not: { $elemMatch } }].map((list) =>
      collection.find({ list }).toArray(),
    )
    const [matching, others] = await Promise.all(found)
    return matching?.[0]?._id === 1 && others?.length === 1 && others[0]?._id === 2
  },

  explain: ({ collection }) => succeeds(collection.find().explain()),

  async firstBatch({ collection }) {
    await collection.insertMany(Array.from({ length: 102 }, () => ({ a: 1 })))
    const cursor = collection.find()
    try {
      await cursor.next()
      return !cursor.id?.isZero()
    } finally {
      await cursor.close()
    }
  },

  async indexConflicts({ collection }) {
    await collection.createIndex({ a: 1 })
    const error = await errorOf(collection.createIndex({ a: 1 }, { expireAfterSeconds: 60 }))
    return error.code === 85 || error.code === 86
  },

  async listCollections({ collection, db, name }) {
    await collection.insertOne({ a: 1 })
    return (await db.listCollections({ name }).toArray()).length === 1
  },

  nestedLists: ({ collection }) => storesValue(collection, [[1]]),

  async pathNotViable({ collection }) {
    await collection.insertOne({ _id: 1, a: 'text' })
    const error = await errorOf(collection.updateOne({ _id: 1 }, { $set: { 'a.b': 1 } }))
    return error.code === 28
  },

  async pipelineUpdates({ collection }) {
    await collection.insertOne({ _id: 1, a: 1 })
    await collection.updateOne({ _id: 1 }, [{ $set: { a: { $add: ['$a', 1] } } }])
    return (await collection.findOne({ _id: 1 }))?.a === 2
  },

  async projection({ collection }) {
    await collection.insertOne({ _id: 1, a: 1, b: 2 })
    const found = await collection.findOne({ _id: 1 }, { projection: { a: 1 } })
    return isDeepStrictEqual(found, { _id: 1, a: 1 })
  },

  async renamedKeys({ collection }) {
    await collection.insertOne({ _id: 1, value: { a: 1 } })
    await collection.updateOne({ _id: 1 }, { $set: { value: { b: 1 } } })
    return isDeepStrictEqual((await collection.findOne({ _id: 1 }))?.value, { b: 1 })
  },

  async retriedWrites({ db }) {
    const { setName, msg } = await db.admin().command({ hello: 1 })
    return setName !== undefined || msg === 'isdbgrid'
  },

  retryableWrites: ({ db, name }) =>
    succeeds(db.command({ insert: name, documents: [{ a: 1 }], txnNumber: Long.fromNumber(1) })),

  async sizeLimit({ collection }) {
    // The driver itself refuses more than 17 MiB.
    const error = await errorOf(collection.insertOne({ a: 'x'.repeat(16.5 * 2 ** 20) }))
    return error.code !== undefined
  },

  async transactions({ client, collection }) {
    await collection.insertOne({ _id: 1 })
    const session = client.startSession()
    try {
      session.startTransaction()
      await collection.insertOne({ _id: 2 }, { session })
      const before = await collection.countDocuments()
      await session.abortTransaction()
      return before === 1 && (await collection.countDocuments()) === 1
    } finally {
      await session.endSession()
    }
  },

  async ttlIndex({ collection }) {
    await collection.createIndex({ a: 1 }, { expireAfterSeconds: 60 })
    return (await collection.indexes()).some((index) => index.expireAfterSeconds === 60)
  },

  async ttlRemoval({ client }) {
    const asked = { getParameter: 1, ttlMonitorEnabled: 1, ttlMonitorSleepSecs: 1 }
    const { ttlMonitorEnabled, ttlMonitorSleepSecs } = await client.db('admin').command(asked)
    return ttlMonitorEnabled ? Number(ttlMonitorSleepSecs) : 'unknown'
  },

  async uniqueIndex({ collection }) {
    await collection.createIndex({ a: 1 }, { unique: true })
    await collection.insertOne({ a: 1 })
    const errors = await Promise.all([
      errorOf(collection.insertOne({ a: 1 })),
      errorOf(collection.updateOne({ _id: 2 }, { $set: { a: 1 } }, { upsert: true })),
    ])
    return errors.every(({ code }) => code === 11000)
  },

  async updateErrors({ collection }) {
    await collection.createIndex({ a: 1 }, { unique: true })
    await collection.insertOne({ _id: 1, a: 1 })
    const operations = [2, 1, 3].map((a) => ({
      updateOne: { filter: { _id: `new ${a}` }, update: { $set: { a } }, upsert: true },
    }))
    const error = await errorOf(collection.bulkWrite(operations, { ordered: false }))
    const reported = [error.writeErrors ?? []].flat()
    return error.code === 11000 && reported.every(({ index }) => index === 1)
  },
}

/** @param {Promise<unknown>} promise */
async function succeeds(promise) {
  await promise
  return true
}

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<any>} what it failed with, or an object without any property
 */
function errorOf(promise) {
  return promise.then(
    () => ({}),
    (error) => error,
  )
}

/**
 * @param {import('mongoose').mongo.Collection<any>} collection
 * @param {object} value
 */
async function storesValue(collection, value) {
  await collection.updateOne({ _id: 1 }, { $set: { value } }, { upsert: true })
  return isDeepStrictEqual((await collection.findOne({ _id: 1 }))?.value, value)
}

module.exports = { probes }
