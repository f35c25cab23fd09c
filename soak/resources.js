// Memory, listeners, sockets and timers: they must not grow
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** The heap may grow by a quarter and by this much: code is still being compiled. */
const HEAP_SLACK_MB = 6
/** The connection's own socket, and the proxy's two. */
const SOCKETS_PER_CONNECTION = 3
/** Besides its pool, a client has two monitoring connections: one for `hello`, one for round-trip times. */
const MONITORS_PER_CLIENT = 2
/** The next `hello`, the next round-trip time, and the maintenance of the pool. */
const TIMERS_PER_CLIENT = 3

/** @typedef {{ heapMB: number, listeners: number, connections: number, sockets: number, clients: number, timers: number }} Resources */

/**
 * @param {readonly import('node:events').EventEmitter[]} emitters
 * @param {readonly any[]} clients of the driver's
 * @returns {Promise<Resources>}
 */
async function measureResources(emitters, clients) {
  for (let i = 0; i < 3; i++) {
    // What has just ended becomes garbage
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
 * @param {Resources} before
 * @param {Resources} after
 * @returns {string[]} what has grown beyond its limit
 */
function findLeaks(before, after) {
  const { clients, connections } = after
  const limits = {
    heapMB: before.heapMB * 1.25 + HEAP_SLACK_MB,
    listeners: before.listeners,
    sockets: SOCKETS_PER_CONNECTION * (connections + MONITORS_PER_CLIENT * clients),
    timers: TIMERS_PER_CLIENT * clients,
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

/** The size of its pools, by the driver's own count. @param {any} client */
function connectionsOf(client) {
  const servers = [...client.topology.s.servers.values()]
  return sum(servers.map(({ pool }) => pool.totalConnectionCount))
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0)
}

module.exports = { measureResources, findLeaks }
