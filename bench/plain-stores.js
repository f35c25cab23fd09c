// Stores to compare with: a minimal one on the driver, and one on Mongoose as in a tutorial
// @ts-check
'use strict'

const session = require('express-session')
const mongoose = require('mongoose')

/** @param {any} live an express-session session; its cookie is stored as JSON */
const toStored = (live) => ({ ...live, cookie: live.cookie.toJSON() })

class DriverStore extends session.Store {
  /** @param {import('mongoose').mongo.Collection<any>} collection */
  constructor(collection) {
    super()
    this.collection = collection
  }

  get(sid, callback) {
    this.collection.findOne({ _id: sid }).then((found) => callback(null, found?.session), callback)
  }

  set(sid, live, callback) {
    const $set = { session: toStored(live), expires: live.cookie.expires }
    this.collection
      .updateOne({ _id: sid }, { $set }, { upsert: true })
      .then(() => callback(null), callback)
  }

  touch(sid, live, callback) {
    this.collection
      .updateOne({ _id: sid }, { $set: { expires: live.cookie.expires } })
      .then(() => callback(null), callback)
  }

  destroy(sid, callback) {
    this.collection.deleteOne({ _id: sid }).then(() => callback(null), callback)
  }
}

/**
 * Sends the same commands as express-mongoose-session, without computing them: the driver's share of
 * the cost. Its `set` knows that the benchmark changes the counter only.
 */
class SameCommandsStore extends DriverStore {
  set(sid, live, callback) {
    if (live.count === 0) super.set(sid, live, callback)
    else this.#update(sid, live, { 'session.count': live.count }, callback)
  }

  touch(sid, live, callback) {
    this.#update(sid, live, {}, callback)
  }

  #update(sid, { cookie }, changed, callback) {
    const $set = { expires: cookie.expires, ...changed, 'session.cookie.expires': cookie.expires }
    this.collection
      .updateOne({ _id: sid, expires: { $gt: new Date() } }, { $set }, { upsert: false })
      .then(() => callback(null), callback)
  }
}

class TutorialStore extends session.Store {
  /** @param {import('mongoose').Connection} connection @param {string} collection */
  constructor(connection, collection) {
    super()
    const schema = new mongoose.Schema({
      _id: String,
      session: mongoose.Schema.Types.Mixed,
      expires: { type: Date, index: { expires: 0 } },
    })
    this.model = connection.model('Session', schema, collection)
  }

  async get(sid, callback) {
    try {
      const document = await this.model.findOne({ _id: sid })
      callback(null, document?.session ?? null)
    } catch (error) {
      callback(error)
    }
  }

  async set(sid, live, callback) {
    try {
      const update = { session: toStored(live), expires: live.cookie.expires }
      await this.model.findOneAndUpdate({ _id: sid }, update, { upsert: true })
      callback(null)
    } catch (error) {
      callback(error)
    }
  }

  async touch(sid, live, callback) {
    try {
      await this.model.findOneAndUpdate({ _id: sid }, { expires: live.cookie.expires })
      callback(null)
    } catch (error) {
      callback(error)
    }
  }

  async destroy(sid, callback) {
    try {
      await this.model.deleteOne({ _id: sid })
      callback(null)
    } catch (error) {
      callback(error)
    }
  }
}

module.exports = { DriverStore, SameCommandsStore, TutorialStore }
