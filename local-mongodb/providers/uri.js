// The server at MONGODB_URI, which is never stopped
// @ts-check
'use strict'

const { productAndVersion } = require('../server-info')

/** @type {import('.').Provider} */
module.exports = async function uri() {
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('MONGODB_URI is not set')
  return {
    uri,
    description: `MongoDB at MONGODB_URI (${await productAndVersion(uri)})`,
    stop: async () => {},
  }
}
