// Builds FerretDB with the machine's Go, once: the result is kept
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { onPath } = require('../on-path')

const CACHE = path.join(__dirname, '../../node_modules/.cache/express-mongoose-session')
const SOURCES = ['main.go', 'go.mod', 'go.sum', path.basename(__filename)]
const ARGS = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w']
// Backends that are not used
const TAGS = '-tags=ferretdb_no_postgresql'
const LIMIT_MS = 10 * 60_000

/**
 * Holds up the process while it builds, about a minute: so that tests can be told apart by it
 * before the first one runs. Throws where it is not possible, with the reason as the message.
 *
 * @param {(line: string) => void} log
 * @returns {string} the program
 */
function buildFerretDB(log) {
  const file = path.join(CACHE, `ferretdb-${fingerprint()}`)
  if (fs.existsSync(file)) return file
  const go = onPath('go')
  if (!go) throw new Error('there is no go on the PATH to build FerretDB with')
  log('ferretdb: building it with Go, about a minute, once')
  fs.mkdirSync(CACHE, { recursive: true })
  // Another process may be building it too.
  const unfinished = `${file}.${process.pid}`
  const { status, error, stderr } = spawnSync(go, [...ARGS, TAGS, '-o', unfinished, '.'], {
    cwd: __dirname,
    // No C compiler is needed, and no workspace around this one asked for.
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

/** Of what it is built from and for. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const name of SOURCES) hash.update(fs.readFileSync(path.join(__dirname, name)))
  return hash.digest('hex').slice(0, 16)
}

/** As go.mod has it, since an embedded FerretDB does not know. */
function versionOfFerretDB() {
  const mod = fs.readFileSync(path.join(__dirname, 'go.mod'), 'utf8')
  return /FerretDB\/FerretDB v(\S+)/.exec(mod)?.[1] ?? 'of unknown version'
}

module.exports = { buildFerretDB, versionOfFerretDB }
