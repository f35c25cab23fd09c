// Stands between an app and its database, and holds each chunk for a while each way, as a network does
// @ts-check
'use strict'

const net = require('node:net')
const { MongoClient } = require('mongoose').mongo
const { serve } = require('./children')
const { DelayLine } = require('./delay-line')
const { median, percentile } = require('./statistics')

/** How long each chunk was really held, in ms. @type {number[]} */
const times = []

/** What comes from one socket goes to the other, its end too. */
function carry(/** @type {net.Socket} */ from, /** @type {net.Socket} */ to, delay) {
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

/** The server that takes writes; a client that found the others of its set by itself would go past the proxy. */
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

/** The same address with another host, the credentials and the database kept. */
function throughPort(/** @type {string} */ uri, /** @type {number} */ port) {
  const [address, search = ''] = uri.split('?')
  const [, credentials = '', database = '/'] =
    /^mongodb:\/\/([^/]*@)?[^/]*(\/.*)?$/.exec(address) ?? []
  const options = new URLSearchParams(search)
  options.set('directConnection', 'true')
  return `mongodb://${credentials}127.0.0.1:${port}${database}?${options}`
}

serve({
  /** The address that leads to the same server, later. */
  async listen({ uri, delay }) {
    const address = await addressOf(uri)
    const proxy = net.createServer((client) => {
      const server = net.connect(address)
      carry(client, server, delay)
      carry(server, client, delay)
    })
    await new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
    return throughPort(uri, /** @type {net.AddressInfo} */ (proxy.address()).port)
  },

  held() {
    const sorted = [...times].sort((a, b) => a - b)
    return { ms: median(sorted), p95: percentile(sorted, 0.95) }
  },
})
