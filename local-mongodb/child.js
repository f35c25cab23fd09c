// Runs a server as a child process which cannot outlive this one
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { within } = require('./within')

// A group of its own keeps Ctrl-C from ending the server before the caller has closed down.
const detached = process.platform !== 'win32'

// Waits for the end of its input, which comes even if this process is killed outright.
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
    // Read on to the end: a full pipe would block the child.
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      child.emit('said')
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

  /** Ends it as a crash would. What it holds in `dir` stays. */
  function kill() {
    return end(() => {})
  }

  /** Nothing it holds is to be kept, so that it need not be asked to end. */
  function stop() {
    return end(async () => {
      if (dir) await fs.promises.rm(dir, { recursive: true, force: true, maxRetries: 3 })
    })
  }

  /** @param {() => Promise<void> | void} cleanUp */
  async function end(cleanUp) {
    // Without this, the process may end before it has seen the children end.
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
   * @param {RegExp} pattern
   * @param {number} ms
   * @returns {Promise<RegExpExecArray>}
   */
  function says(pattern, ms) {
    const heard = new Promise((resolve) => {
      child.on('said', function look() {
        const match = pattern.exec(output)
        if (!match) return
        child.off('said', look)
        resolve(match)
      })
    })
    const failed = ended.then((reason) => {
      throw new Error(`${file} ended with ${reason}\n${output.slice(-1000)}`.trim())
    })
    failed.catch(() => {})
    return within(ms, Promise.race([heard, failed]), `${file} was not ready`)
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
 * A caller that forgets to stop the server is not to be kept running by it.
 *
 * @param {unknown} stream
 */
function unref(stream) {
  const socket = /** @type {import('node:net').Socket} */ (stream)
  socket.unref?.()
}

module.exports = { startChild }

/** @typedef {ReturnType<typeof startChild>} Child */
