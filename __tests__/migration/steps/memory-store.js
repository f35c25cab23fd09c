// What an app on MemoryStore has, and what becomes of it
'use strict'

exports.before = ({ app, session, secret }) => {
  // #region before
  app.use(session({ secret, resave: false, saveUninitialized: false }))
  // #endregion
}

exports.after = ({ app, session, secret, uri, collection }) => {
  // #region after
  const { MongoDBStore } = require('express-mongoose-session')

  const store = new MongoDBStore({ uri, collection })
  app.use(session({ secret, resave: false, saveUninitialized: false, store }))
  // #endregion
  return store
}
