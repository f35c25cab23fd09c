// Stores to compare with: as little as possible on the driver, and Mongoose as a tutorial has it
// @ts-check
'use strict'

const session = require('express-session')
const mongoose = require('mongoose')

/** @param {any} live an express-session session, whose cookie is stored in its JSON form */
const stored = (live) => ({ ...live, cookie: live.cookie.toJSON() })

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
    const $set = { session: stored(live), expires: live.cookie.expires }
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
 * Sends what express-mongoose-session sends, known beforehand: what the driver takes for the same
 * commands. Its `set` is the benchmark's, which counts; of a session that is new it is the thin one.
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
      const update = { session: stored(live), expires: live.cookie.expires }
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
