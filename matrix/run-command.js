// Runs a command to its end
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @param {{ cwd?: string, timeout?: number }} [options] the folder to run it in; after how many ms it is killed, with
 * what it has started
 * @returns {Promise<{ code: number | null, output: string }>} stdout and stderr
 */
function runCommand([file, ...args], env = {}, { cwd = ROOT, timeout = 0 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (file), args, {
      cwd,
      detached: timeout > 0, // a group of its own
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const kill = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    const timer = timeout > 0 ? setTimeout(kill, timeout) : undefined
    if (timer) process.once('exit', kill) // on Ctrl-C
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      process.off('exit', kill)
      resolve({ code, output })
    })
  })
}

module.exports = { ROOT, runCommand }
