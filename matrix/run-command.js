// Runs a command to its end
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @param {{ cwd?: string, timeout?: number }} [options] the folder to run it in; after how many ms it is killed
 * @returns {Promise<{ code: number | null, output: string }>} stdout and stderr
 */
function runCommand([file, ...args], env = {}, { cwd = ROOT, timeout = 0 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (file), args, {
      cwd,
      timeout,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

module.exports = { ROOT, runCommand }
