// Builds FerretDB with the machine's Go, once: the result is kept
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { which } = require('../which')

const CACHE = path.join(__dirname, '../../node_modules/.cache/express-mongoose-session')
const SOURCES = ['main.go', 'go.mod', 'go.sum', path.basename(__filename)]
const ARGS = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w']
// Backends that are not used
const TAGS = '-tags=ferretdb_no_postgresql'
const LIMIT_MS = 10 * 60_000

/**
 * Blocks the process while it builds, about a minute: jest must know which tests to skip before the
 * first one runs. Throws if it is not possible, with the reason as the message.
 *
 * @param {(line: string) => void} log
 * @returns {string} the program
 */
function buildFerretDB(log) {
  const file = path.join(CACHE, `ferretdb-${fingerprint()}`)
  if (fs.existsSync(file)) return file
  const go = which('go')
  if (!go) throw new Error('there is no go on the PATH to build FerretDB with')
  log('ferretdb: building it with Go, about a minute, once')
  fs.mkdirSync(CACHE, { recursive: true })
  // Another process may be building it too.
  const unfinished = `${file}.${process.pid}`
  const { status, error, stderr } = spawnSync(go, [...ARGS, TAGS, '-o', unfinished, '.'], {
    cwd: __dirname,
    // Without a C compiler, and without a Go workspace of a parent folder.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: LIMIT_MS,
  })
  if (status !== 0) {
    fs.rmSync(unfinished, { force: true })
    throw new Error(`go build failed: ${error?.message ?? stderr.trim().slice(-300)}`)
  }
  fs.renameSync(unfinished, file)
  return file
}

/** Changes with the sources and the platform. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const name of SOURCES) hash.update(fs.readFileSync(path.join(__dirname, name)))
  return hash.digest('hex').slice(0, 16)
}

/** From go.mod: an embedded FerretDB does not know its version. */
function ferretDBVersion() {
  const mod = fs.readFileSync(path.join(__dirname, 'go.mod'), 'utf8')
  return /FerretDB\/FerretDB v(\S+)/.exec(mod)?.[1] ?? 'of unknown version'
}

module.exports = { buildFerretDB, ferretDBVersion }
