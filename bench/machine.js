// The machine and the versions of a run
// @ts-check
'use strict'

const fs = require('node:fs')
const { createRequire } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { contestants } = require('./contestants')

function machine() {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    os: `${os.type()} ${os.release()} (${os.arch()})`,
    node: process.version,
  }
}

/** @param {string} name of a contestant @returns {Record<string, string>} */
function versionsOf(name) {
  const { packages, dependencyOf } = contestants[name]
  // Each is resolved from the one before: not every store uses the same driver
  let folder = dependencyOf ? folderOf(dependencyOf, __dirname) : __dirname
  const versions = packages.map((each) => {
    folder = folderOf(each, folder)
    return [each, versionIn(folder)]
  })
  return Object.fromEntries(versions)
}

/** Not by `require.resolve`, since a package may not export its `package.json`. */
function folderOf(/** @type {string} */ name, /** @type {string} */ from) {
  const here = path.join(__dirname, '..')
  if (JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8')).name === name)
    return here
  const places = createRequire(path.join(from, 'index.js')).resolve.paths(name) ?? []
  const found = places.map((place) => path.join(place, name)).find((each) => fs.existsSync(each))
  if (!found) throw new Error(`${name} is not installed`)
  return found
}

function versionIn(/** @type {string} */ folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version
}

module.exports = { machine, versionsOf }
