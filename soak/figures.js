// What must not grow: taken when all is quiet
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** The heap by so much more and a quarter, since code is still being compiled. */
const HEAP_SLACK_MB = 6
/** A connection's own socket, and the proxy's two. */
const SOCKETS_OF_ONE = 3
/** Besides its pool, a client has a connection by which it watches the server, and one that takes the time. */
const WATCHING = 2
/** Its next look at the server, its next taking of the time, and the upkeep of its pool. */
const TIMERS_OF_ONE = 3

/** @typedef {{ heapMB: number, listeners: number, connections: number, sockets: number, clients: number, timers: number }} Figures */

/**
 * @param {readonly import('node:events').EventEmitter[]} emitters
 * @param {readonly any[]} clients of the driver's
 * @returns {Promise<Figures>}
 */
async function figuresOf(emitters, clients) {
  for (let i = 0; i < 3; i++) {
    // Let go of what has just ended
    await delay(100)
    global.gc?.()
  }
  const resources = process.getActiveResourcesInfo()
  const countOf = (/** @type {string} */ kind) => resources.filter((each) => each === kind).length
  return {
    heapMB: Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 10) / 10,
    listeners: sum(emitters.map(listenersOf)),
    connections: sum(clients.map(connectionsOf)),
    sockets: countOf('TCPSocketWrap'),
    clients: clients.length,
    timers: countOf('Timeout'),
  }
}

/**
 * @param {Figures} before
 * @param {Figures} after
 * @returns {string[]} what has grown, or is more than the pools explain
 */
function growth(before, after) {
  const { clients, connections } = after
  const limits = {
    heapMB: before.heapMB * 1.25 + HEAP_SLACK_MB,
    listeners: before.listeners,
    sockets: SOCKETS_OF_ONE * (connections + WATCHING * clients),
    timers: TIMERS_OF_ONE * clients,
  }
  const names = /** @type {(keyof typeof limits)[]} */ (Object.keys(limits))
  return names
    .filter((name) => after[name] > limits[name])
    .map((name) => `${name}: ${before[name]}, then ${after[name]}, of at most ${limits[name]}`)
}

/** @param {import('node:events').EventEmitter} emitter */
function listenersOf(emitter) {
  return sum(emitter.eventNames().map((name) => emitter.listenerCount(name)))
}

/** In its pools, by the driver's own count. @param {any} client */
function connectionsOf(client) {
  const servers = [...client.topology.s.servers.values()]
  return sum(servers.map(({ pool }) => pool.totalConnectionCount))
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0)
}

module.exports = { figuresOf, growth }
