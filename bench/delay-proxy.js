// A proxy between an app and its database that delays each chunk, as a network does
// @ts-check
'use strict'

const net = require('node:net')
const { directUri, hostAddressOf, primaryUri } = require('local-mongodb')
const { serve } = require('./child-processes')
const { DelayLine } = require('./delay-line')
const { median, percentile } = require('./statistics')

/** The real delay of each chunk, in ms. @type {number[]} */
const times = []

/** Passes the data and the end of one socket to the other. */
function forward(/** @type {net.Socket} */ from, /** @type {net.Socket} */ to, delay) {
  const line = new DelayLine(delay, (chunk, heldFor) => {
    if (chunk === undefined) return to.end()
    times.push(heldFor)
    to.write(chunk)
  })
  from.setNoDelay(true)
  from.on('data', (chunk) => line.put(chunk))
  from.once('end', () => line.put(undefined))
  from.once('error', () => to.destroy())
}

serve({
  /** Returns the proxy's URI. */
  async listen({ uri, delay }) {
    // With the members of its replica set, a client would bypass the proxy
    const primary = await primaryUri(uri)
    const address = hostAddressOf(primary)
    const proxy = net.createServer((client) => {
      const server = net.connect(address)
      forward(client, server, delay)
      forward(server, client, delay)
    })
    await new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
    const { port } = /** @type {net.AddressInfo} */ (proxy.address())
    return directUri(primary, `127.0.0.1:${port}`)
  },

  /** The real delays, in ms. */
  delays() {
    const sorted = [...times].sort((a, b) => a - b)
    return { ms: median(sorted), p95: percentile(sorted, 0.95) }
  },
})
