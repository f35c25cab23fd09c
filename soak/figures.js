// What must not grow: taken when all is quiet
// @ts-check
'use strict'

const { setTimeout: delay } = require('node:timers/promises')

/** The heap by so much more and a quarter, since code is still being compiled. */
const HEAP_SLACK_MB = 6
/** Pools open connections as they are needed, up to their size, and the proxy has two for each. */
const SOCKETS_SLACK = 60

/** @typedef {{ heapMB: number, sockets: number, listeners: number }} Figures */

/**
 * @param {import('node:events').EventEmitter[]} emitters
 * @returns {Promise<Figures>}
 */
async function figuresOf(emitters) {
  for (let i = 0; i < 3; i++) {
    // Let go of what has just ended
    await delay(100)
    global.gc?.()
  }
  const resources = process.getActiveResourcesInfo()
  return {
    heapMB: Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 10) / 10,
    sockets: resources.filter((each) => each === 'TCPSocketWrap').length,
    listeners: emitters.reduce((sum, each) => sum + listenersOf(each), 0),
  }
}

/**
 * @param {Figures} before
 * @param {Figures} after
 * @returns {string[]} what has grown
 */
function growth(before, after) {
  const limits = {
    heapMB: before.heapMB * 1.25 + HEAP_SLACK_MB,
    sockets: before.sockets + SOCKETS_SLACK,
    listeners: before.listeners,
  }
  const names = /** @type {(keyof Figures)[]} */ (Object.keys(limits))
  return names
    .filter((name) => after[name] > limits[name])
    .map((name) => `${name} grew from ${before[name]} to ${after[name]}`)
}

/** @param {import('node:events').EventEmitter} emitter */
function listenersOf(emitter) {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}

module.exports = { figuresOf, growth }
