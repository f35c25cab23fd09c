// jongodb, an imitation of MongoDB in memory from the npm registry
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { startServerProcess } = require('../server-process')

const PACKAGE = '@jongodb/memory-server-bin-linux-x64-gnu'
const READY = /^JONGODB_URI=(\S+)$/m

/** @type {import('.').Provider} */
module.exports = async function jongodb() {
  const manifest = findManifest()
  const { version, jongodb } = JSON.parse(fs.readFileSync(manifest, 'utf8'))
  const file = path.join(path.dirname(manifest), jongodb.binary)
  const child = startServerProcess(file, ['--host=127.0.0.1', '--port=0', '--database=test'])
  try {
    const [, uri] = await child.waitForOutput(READY, 10_000)
    return { uri, description: `jongodb ${version} (in memory)`, stop: child.stop }
  } catch (error) {
    await child.stop()
    throw error
  }
}

function findManifest() {
  try {
    return require.resolve(`${PACKAGE}/package.json`)
  } catch {
    throw new Error(`${PACKAGE} is not installed; it is for Linux on x64 with glibc only`)
  }
}
