// Runs a selection of the tests on the other versions of Node, from npm's package `node`
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { runCommand } = require('./run-command')
const { jestResult } = require('./run-tests')

/** The versions that README promises. */
const VERSIONS = ['20', '22', '24']
const TESTS = [
  '__tests__/unit',
  'integration/(batching|connection|express|handshake|merging|resurrection)',
  'conformance/contract',
]

/** @typedef {import('./reporter').TestResult & { node: string }} TestedNode */

function otherVersions() {
  const [own] = process.versions.node.split('.')
  return VERSIONS.filter((version) => version !== own)
}

/**
 * @param {string} version
 * @returns {Promise<TestedNode>}
 */
async function testOn(version) {
  const { code, output } = await runCommand([
    ...['npx', '--yes', '--package', `node@${version}`, 'node', '--print'],
    'process.execPath + " " + process.version',
  ])
  const [, file, node] = /^(.+) v(\d+\.\S+)$/m.exec(output) ?? []
  if (code !== 0 || !file || !node) throw new Error(`npm has no Node ${version} here:\n${output}`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'matrix-'))
  try {
    return { node, ...(await jestResult(file, folder, TESTS)) }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

module.exports = { otherVersions, testOn }
