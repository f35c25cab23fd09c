// Finds a program on the PATH
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const SUFFIX = process.platform === 'win32' ? '.exe' : ''

/** @param {string} name */
function which(name) {
  const dirs = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return dirs.map((dir) => path.join(dir, name + SUFFIX)).find(isExecutable)
}

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

module.exports = { which }
