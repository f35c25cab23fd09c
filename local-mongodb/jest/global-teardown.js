// Stops the server of a jest run
// @ts-check
'use strict'

module.exports = async function globalTeardown() {
  /** @type {{ localMongoDB?: import('..').LocalMongoDB }} */
  const shared = Object(globalThis)
  await shared.localMongoDB?.stop()
}
