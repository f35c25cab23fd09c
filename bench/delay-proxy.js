// A proxy between an app and its database that delays each chunk, as a network does
// @ts-check
'use strict'

const net = require('node:net')
const { MongoClient } = require('mongoose').mongo
const { serve } = require('./children')
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

/** The primary: with the members of its replica set, a client would go past the proxy. */
async function addressOf(/** @type {string} */ uri) {
  const client = new MongoClient(uri)
  try {
    const { primary } = await client.db('admin').command({ hello: 1 })
    const [host] = client.options.hosts
    const found = new URL(`tcp://${primary ?? host}`)
    return { host: found.hostname.replace(/^\[|\]$/g, ''), port: Number(found.port) }
  } finally {
    await client.close()
  }
}

/** The URI with this port of 127.0.0.1 as its host; credentials and database stay. */
function uriWithPort(/** @type {string} */ uri, /** @type {number} */ port) {
  const [address, search = ''] = uri.split('?')
  const [, credentials = '', database = '/'] =
    /^mongodb:\/\/([^/]*@)?[^/]*(\/.*)?$/.exec(address) ?? []
  const options = new URLSearchParams(search)
  options.set('directConnection', 'true')
  return `mongodb://${credentials}127.0.0.1:${port}${database}?${options}`
}

serve({
  /** Returns the proxy's URI. */
  async listen({ uri, delay }) {
    const address = await addressOf(uri)
    const proxy = net.createServer((client) => {
      const server = net.connect(address)
      forward(client, server, delay)
      forward(server, client, delay)
    })
    await new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
    return uriWithPort(uri, /** @type {net.AddressInfo} */ (proxy.address()).port)
  },

  /** The real delays, in ms. */
  delays() {
    const sorted = [...times].sort((a, b) => a - b)
    return { ms: median(sorted), p95: percentile(sorted, 0.95) }
  },
})
