// Runs a command to its end
// @ts-check
'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @returns {Promise<{ code: number | null, output: string }>} stdout and stderr
 */
function runCommand([file, ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (file), args, {
      cwd: ROOT,
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
