// Runs jest with every long test in full; arguments are jest's. `--rest` runs only the files of which
// `npm test` runs a short form.
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')
const TESTS = path.join(ROOT, '__tests__')

/** @param {string} file */
function hasShortForm(file) {
  return fs.readFileSync(file, 'utf8').includes("/support/in-full'")
}

/** The files of which `npm test` runs a short form. */
function rest() {
  return fs
    .readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(TESTS, name))
    .filter(hasShortForm)
}

const args = process.argv.slice(2)
const files = args.includes('--rest') ? ['--runTestsByPath', ...rest()] : []
const { status } = spawnSync(
  process.execPath,
  [require.resolve('jest/bin/jest'), ...args.filter((arg) => arg !== '--rest'), ...files],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TEST_ALL: 'true' } },
)
process.exitCode = status ?? 1
