// What an app on connect-mongodb-session has, and what becomes of it
'use strict'

const session = require('express-session')

exports.before = ({ uri, collection, ...others }) => {
  const done = () => {}
  // #region before
  const MongoDBStore = require('connect-mongodb-session')(session)

  const store = new MongoDBStore({ uri, collection, ...others }, (error) => done(error))
  store.on('error', (error) => console.error(error))
  // #endregion
  return store
}

exports.after = ({ uri, collection, ...others }, done = () => {}) => {
  // #region after
  const MongoDBStore = require('express-mongoose-session')(session)

  const store = new MongoDBStore({ uri, collection, ...others }, (error) => done(error))
  store.on('error', (error) => console.error(error))
  // #endregion
  return store
}

exports.onTheAppsConnection = ({ mongoose, collection }) => {
  // #region connection
  const { MongoDBStore } = require('express-mongoose-session')

  const store = new MongoDBStore({ connection: mongoose.connection, collection })
  // #endregion
  return store
}
