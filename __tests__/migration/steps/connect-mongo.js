// What an app on connect-mongo has, and what becomes of it
'use strict'

exports.before = ({ uri, collection, ...others }) => {
  // #region before
  const { MongoStore } = require('connect-mongo')

  const store = MongoStore.create({ mongoUrl: uri, collectionName: collection, ...others })
  // #endregion
  return store
}

exports.after = ({ uri, collection, ...others }) => {
  // #region after
  const { MongoDBStore } = require('express-mongoose-session')

  const store = new MongoDBStore({ uri, collection, ...others })
  // #endregion
  return store
}

exports.onTheAppsClient = ({ client, collection }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region client
  const mongoose = require('mongoose')

  const connection = mongoose.createConnection().setClient(client)
  const store = new MongoDBStore({ connection, collection })
  // #endregion
  return store
}

exports.inTheirForm = ({ uri, collection }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region json-codec
  const store = new MongoDBStore({
    uri,
    collection,
    codec: {
      encode: (session) => JSON.stringify(session),
      decode: (stored) => (typeof stored === 'string' ? JSON.parse(stored) : stored),
    },
  })
  // #endregion
  return store
}

exports.backAgain = ({ uri, collection }) => {
  const { MongoStore } = require('connect-mongo')
  // #region back
  const store = MongoStore.create({
    mongoUrl: uri,
    collectionName: collection,
    serialize: (session) => JSON.stringify(session),
    unserialize: (stored) => (typeof stored === 'string' ? JSON.parse(stored) : stored),
  })
  // #endregion
  return store
}

exports.readingTheirEncryption = ({ uri, collection, crypto, cryptoAdapter }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region decrypt
  const { createKrupteinAdapter } = require('connect-mongo')
  const theirs = cryptoAdapter ?? createKrupteinAdapter(crypto) // whichever of the two you gave it

  const decrypted = async (stored) => {
    const session = JSON.parse(await theirs.decrypt(stored))
    return typeof session === 'string' ? JSON.parse(session) : session // some are JSON within JSON
  }
  const store = new MongoDBStore({
    uri,
    collection,
    codec: {
      encode: (session) => session,
      decode: (stored) => (typeof stored === 'string' ? decrypted(stored) : stored),
    },
  })
  // #endregion
  return store
}

exports.withTransformedIds = ({ uri, collection, transformId }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region transform-id
  const store = new MongoDBStore({ uri, collection, transformId })
  // #endregion
  return store
}

exports.logOutByText = async ({ Session, user }) => {
  // #region text-search
  const ended = await Session.deleteMany({ session: { $regex: user } })
  // #endregion
  return ended
}

exports.withTheUserAsField = ({ uri, collection }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region field
  const store = new MongoDBStore({
    uri,
    collection,
    schema: { user: { type: String, index: true } },
    fields: (session) => ({ user: session.user }),
  })
  // #endregion
  return store
}

exports.givingItToOlderSessions = async ({ store }) => {
  // #region older
  for await (const { id, expires, user } of store.sessions({ user: null })) {
    await store.model.updateOne({ _id: id, expires, user: null }, { $set: { user } })
  }
  // #endregion
}

exports.logOutByField = async ({ store, user }) => {
  // #region by-field
  const ended = await store.destroyMany({ user })
  // #endregion
  return ended
}

exports.readingARecord = ({ record }) => {
  // #region record
  const session = typeof record.session === 'string' ? JSON.parse(record.session) : record.session
  // #endregion
  return session
}

exports.besideTheAppsModel = ({ mongoose, collection }) => {
  const { MongoDBStore } = require('express-mongoose-session')
  // #region model-name
  const store = new MongoDBStore({
    connection: mongoose.connection,
    collection,
    modelName: 'StoredSession',
  })
  // #endregion
  return store
}
