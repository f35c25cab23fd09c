// Child processes that answer questions, and that end with the process that started them
// @ts-check
'use strict'

const { fork } = require('node:child_process')
const path = require('node:path')

/** @typedef {(event: string) => void} Hear */
/** @typedef {Record<string, (input: any, tell: Hear) => unknown>} Handlers */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * @param {string} file of this folder, which calls `serve`
 * @param {string[]} [execArgv]
 */
function start(file, execArgv = []) {
  const child = fork(path.join(__dirname, file), [], {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
    // Ctrl-C reaches the whole group; a child is ended by its parent alone, when that is ready
    detached: process.platform !== 'win32',
  })
  running.add(child)
  /** @type {Map<number, { resolve: Function, reject: Function, hear: Hear }>} */
  const asked = new Map()
  let last = 0
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      for (const { reject } of asked.values()) {
        reject(new Error(`${file} ended with ${signal ?? code}`))
      }
      resolve(undefined)
    })
  })
  child.on('message', (/** @type {any} */ { id, event, error, answer }) => {
    const question = asked.get(id)
    if (event !== undefined) return question?.hear(event)
    asked.delete(id)
    if (error === undefined) question?.resolve(answer)
    else question?.reject(new Error(`${file}: ${error}`))
  })

  return {
    /**
     * @param {string} question the name of a handler
     * @param {unknown} [input]
     * @param {Hear} [hear] called for whatever the handler tells before it answers
     * @returns {Promise<any>}
     */
    ask(question, input, hear = () => {}) {
      return new Promise((resolve, reject) => {
        asked.set(++last, { resolve, reject, hear })
        child.send({ id: last, question, input }, (error) => error && reject(error))
      })
    },
    stop() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/**
 * In the child: answers what the parent asks.
 *
 * @param {Handlers} handlers
 */
function serve(handlers) {
  const send = (/** @type {object} */ message) => process.connected && process.send?.(message)
  process.on('message', async (/** @type {any} */ { id, question, input }) => {
    try {
      const answer = await handlers[question](input, (event) => send({ id, event }))
      send({ id, answer })
    } catch (error) {
      send({ id, error: error instanceof Error ? error.stack : String(error) })
    }
  })
  // However the parent ended
  process.once('disconnect', () => process.exit())
}

module.exports = { start, serve }

/** @typedef {ReturnType<typeof start>} Child */
