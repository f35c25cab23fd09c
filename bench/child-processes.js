// Child processes whose functions the parent calls; they end with the parent
// @ts-check
'use strict'

const { fork } = require('node:child_process')
const path = require('node:path')

/** @typedef {(event: string) => void} EventListener */
/** @typedef {Record<string, (input: any, emit: EventListener) => unknown>} Methods */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * @param {string} file of this folder, which calls `serve`
 * @param {string[]} [execArgv]
 */
function startChild(file, execArgv = []) {
  const child = fork(path.join(__dirname, file), [], {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
    // In a process group of its own: Ctrl-C reaches the parent only, which stops its children
    detached: process.platform !== 'win32',
  })
  running.add(child)
  /** @type {Map<number, { resolve: Function, reject: Function, onEvent: EventListener }>} */
  const calls = new Map()
  let lastId = 0
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      for (const { reject } of calls.values()) {
        reject(new Error(`${file} ended with ${signal ?? code}`))
      }
      resolve(undefined)
    })
  })
  child.on('message', (/** @type {any} */ { id, event, error, answer }) => {
    const call = calls.get(id)
    if (event !== undefined) return call?.onEvent(event)
    calls.delete(id)
    if (error === undefined) call?.resolve(answer)
    else call?.reject(new Error(`${file}: ${error}`))
  })

  return {
    /**
     * @param {string} method
     * @param {unknown} [input]
     * @param {EventListener} [onEvent] gets the events that the method emits before it answers
     * @returns {Promise<any>}
     */
    call(method, input, onEvent = () => {}) {
      return new Promise((resolve, reject) => {
        calls.set(++lastId, { resolve, reject, onEvent })
        child.send({ id: lastId, method, input }, (error) => error && reject(error))
      })
    },
    stop() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/**
 * In the child: runs the methods that the parent calls.
 *
 * @param {Methods} methods
 */
function serve(methods) {
  const send = (/** @type {object} */ message) => process.connected && process.send?.(message)
  process.on('message', async (/** @type {any} */ { id, method, input }) => {
    try {
      const answer = await methods[method](input, (event) => send({ id, event }))
      send({ id, answer })
    } catch (error) {
      send({ id, error: error instanceof Error ? error.stack : String(error) })
    }
  })
  // When the parent has ended, in whatever way
  process.once('disconnect', () => process.exit())
}

module.exports = { startChild, serve }

/** @typedef {ReturnType<typeof startChild>} Child */
