// Runs a server as a child process that cannot outlive this one
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { within } = require('./within')

// In a process group of its own, Ctrl-C does not reach the server before the caller has closed its connections.
const detached = process.platform !== 'win32'

// Waits for the end of its stdin: it comes even if this process is killed by SIGKILL.
const GUARD = 'read -r _; kill -KILL "$1"; [ -z "$2" ] || rm -rf -- "$2"'

/**
 * @param {string} file
 * @param {string[]} args
 * @param {string} [dir] removed with the child
 */
function startChild(file, args, dir) {
  const child = spawn(file, args, { detached, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = endOf(child)
  const guard = child.pid && detached ? guardOf(child.pid, dir) : undefined
  const guardEnded = guard && endOf(guard)
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

  function endNow() {
    child.kill('SIGKILL')
    try {
      if (dir) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // The guard tries once more.
    }
  }
  process.once('exit', endNow)

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
    guard?.ref()
    child.kill('SIGKILL')
    await ended
    await cleanUp()
    guard?.kill('SIGKILL')
    await guardEnded
    process.off('exit', endNow)
  }

  /**
   * Waits until the output matches.
   *
   * @param {RegExp} pattern
   * @param {number} ms
   * @returns {Promise<RegExpExecArray>}
   */
  function says(pattern, ms) {
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
    return within(ms, Promise.race([found, failed]), `${file} was not ready`)
  }

  return { says, kill, stop }
}

/**
 * @param {number} pid
 * @param {string} [dir]
 */
function guardOf(pid, dir = '') {
  const guard = spawn('sh', ['-c', GUARD, 'sh', `${pid}`, dir], {
    detached,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  unref(guard.stdin)
  guard.unref()
  return guard
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>} why it ended
 */
function endOf(child) {
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

module.exports = { startChild }

/** @typedef {ReturnType<typeof startChild>} Child */
