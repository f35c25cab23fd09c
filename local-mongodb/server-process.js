// Runs a server as a child process that cannot outlive this one
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { withTimeout } = require('./with-timeout')

// With its own process group: Ctrl-C must not end the server before the caller has closed its connections.
const detached = process.platform !== 'win32'

// Waits for the end of its stdin, which comes even if SIGKILL ends this process.
const WATCHDOG = 'read -r _; kill -KILL "$1"; [ -z "$2" ] || rm -rf -- "$2"'

/**
 * @param {string} file
 * @param {string[]} args
 * @param {string} [dir] removed with the child
 */
function startServerProcess(file, args, dir) {
  const child = spawn(file, args, { detached, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = exitReasonOf(child)
  const watchdog = child.pid && detached ? startWatchdog(child.pid, dir) : undefined
  const watchdogEnded = watchdog && exitReasonOf(watchdog)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    // Read to the end: a full pipe would block the child.
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      child.emit('output')
      output = output.slice(-10_000)
    })
    unref(stream)
  }
  child.unref()

  function killOnExit() {
    child.kill('SIGKILL')
    try {
      if (dir) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // The watchdog tries once more.
    }
  }
  process.once('exit', killOnExit)

  /** Kills it, as in a crash. The data in `dir` stay. */
  function kill() {
    return end(() => {})
  }

  /** Kills it and removes `dir`: no data are kept, so that no shutdown is needed. */
  function stop() {
    return end(async () => {
      if (dir) await fs.promises.rm(dir, { recursive: true, force: true, maxRetries: 3 })
    })
  }

  /** @param {() => Promise<void> | void} cleanUp */
  async function end(cleanUp) {
    // Otherwise this process may end before the children have.
    child.ref()
    watchdog?.ref()
    child.kill('SIGKILL')
    await ended
    await cleanUp()
    watchdog?.kill('SIGKILL')
    await watchdogEnded
    process.off('exit', killOnExit)
  }

  /**
   * Waits until the output matches.
   *
   * @param {RegExp} pattern
   * @param {number} ms
   * @returns {Promise<RegExpExecArray>}
   */
  function waitForOutput(pattern, ms) {
    const found = new Promise((resolve) => {
      child.on('output', function look() {
        const match = pattern.exec(output)
        if (!match) return
        child.off('output', look)
        resolve(match)
      })
    })
    const failed = ended.then((reason) => {
      throw new Error(`${file} ended with ${reason}\n${output.slice(-1000)}`.trim())
    })
    failed.catch(() => {})
    return withTimeout(ms, Promise.race([found, failed]), `${file} was not ready`)
  }

  return { waitForOutput, kill, stop }
}

/**
 * @param {number} pid
 * @param {string} [dir]
 */
function startWatchdog(pid, dir = '') {
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', `${pid}`, dir], {
    detached,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  unref(watchdog.stdin)
  watchdog.unref()
  return watchdog
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>} why it ended
 */
function exitReasonOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

/**
 * The streams of a server that was not stopped must not keep this process running.
 *
 * @param {unknown} stream
 */
function unref(stream) {
  const socket = /** @type {import('node:net').Socket} */ (stream)
  socket.unref?.()
}

module.exports = { startServerProcess }

/** @typedef {ReturnType<typeof startServerProcess>} ServerProcess */
