// Installs the versions of one combination in a temporary folder
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { runCommand } = require('./run-command')

const QUIET = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * @param {import('./peer-versions').Combination} combination
 * @returns {Promise<{ folder: string, remove(): void }>}
 */
async function install(combination) {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'matrix-'))
  const remove = () => fs.rmSync(folder, { recursive: true, force: true })
  const wanted = Object.entries(combination).map(([name, version]) => `${name}@${version}`)
  // The types of the same minor version; those of 1.17.0 itself lack `SessionData`
  const types = combination['express-session'].replace(/^(\d+\.\d+)\.\d+$/, '~$1.0')
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
  const packages = ['--ignore-scripts', ...wanted, `@types/express-session@${types}`]
  const { code, output } = await npmInstall(folder, packages)
  if (code === 0) return { folder, remove }
  remove()
  throw new Error(`npm could not install ${wanted.join(' ')}:\n${output}`)
}

/**
 * @param {string} folder
 * @param {readonly string[]} packages and options of npm
 */
function npmInstall(folder, packages) {
  return runCommand(['npm', 'install', '--prefix', folder, ...QUIET, ...packages])
}

/**
 * @param {string} folder
 * @param {string} name
 * @returns {string} the version that npm has chosen
 */
function installedVersion(folder, name) {
  const manifest = path.join(folder, 'node_modules', name, 'package.json')
  return JSON.parse(fs.readFileSync(manifest, 'utf8')).version
}

module.exports = { install, installedVersion, npmInstall }
