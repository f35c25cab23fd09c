// Runs the tests on one combination
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { runCommand } = require('./run-command')

const ALL = ['__tests__/integration', '__tests__/conformance']
/** The tests that show an incompatibility first. */
const SMOKE_TESTS = ['integration/(express|merging|resurrection|batching)', 'conformance/contract']

/**
 * @param {string} folder of the installed versions
 * @param {{ isSmokeTest: boolean, server: import('./servers').Server }} options
 * @returns {Promise<import('./reporter').TestResult>}
 */
async function runTests(folder, { isSmokeTest, server }) {
  const resolvePeers = JSON.stringify(path.join(__dirname, 'resolve-peers.js'))
  const args = ['--config', 'matrix/jest.config.js', ...(isSmokeTest ? SMOKE_TESTS : ALL)]
  return jestResult(process.execPath, folder, args, {
    ...server,
    MATRIX_FOLDER: folder,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${resolvePeers}`,
  })
}

/**
 * @param {string} node the program
 * @param {string} folder for jest's results
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<import('./reporter').TestResult>}
 */
async function jestResult(node, folder, args, env = {}) {
  const result = path.join(folder, 'result.json')
  const reporter = path.join(__dirname, 'reporter.js')
  const jest = [node, require.resolve('jest/bin/jest')]
  const { output } = await runCommand([...jest, ...args, '--reporters', reporter], {
    ...env,
    TEST_ALL: 'true', // and no short form of what takes long
    MATRIX_RESULT: result,
  })
  if (fs.existsSync(result)) return JSON.parse(fs.readFileSync(result, 'utf8'))
  throw new Error(`jest ended without a result:\n${output}`)
}

module.exports = { runTests, jestResult }
