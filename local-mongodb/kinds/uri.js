// The server at MONGODB_URI, which is never stopped
// @ts-check
'use strict'

const { nameOf } = require('../ask')

/** @type {import('.').Starter} */
module.exports = async function uri() {
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('MONGODB_URI is not set')
  return { uri, kind: `MongoDB at MONGODB_URI (${await nameOf(uri)})`, release: async () => {} }
}
