/**
 * Has the driver load Node's `os` by `require`. Jest refuses an `import()` unless Node is started with
 * --experimental-vm-modules, and the driver, from 7.6 on, then introduces itself with an empty document,
 * which every MongoDB refuses.
 */
// @ts-check
'use strict'

const IMPORT = /\bimport\((['"])(?:node:)?os\1\)/g

/** @param {string} source */
function process(source) {
  return { code: source.replace(IMPORT, "Promise.resolve(require('os'))") }
}

module.exports = {
  process,
  /** Pattern of the files that it is for. */
  files: '/mongodb/lib/runtime_adapters\\.js$',
  /** As jest's own `transformIgnorePatterns`, but for these files. */
  ignored: ['/node_modules/(?!(.*/)?mongodb/lib/runtime_adapters\\.js$)', '\\.pnp\\.[^\\/]+$'],
}
