// npm run test:matrix: the tests on the lowest and the newest versions of the peers
// @ts-check
'use strict'

const { parseArgs } = require('node:util')
const combinations = require('./combinations')
const { install, installedVersion } = require('./installation')
const nodes = require('./nodes')
const page = require('./page')
const servers = require('./servers')
const { test } = require('./tests')
const { typeErrors } = require('./types')

const USAGE = `npm run test:matrix                                 every combination, and the lowest and the newest on every
                                                    other server found; some of the tests on other versions
                                                    of Node; writes docs/compatibility.md
npm run test:matrix -- --nodes                      the versions of Node alone; writes their part
LOCAL_MONGODB=ferretdb npm run test:matrix -- --ends   the lowest and the newest on one server; writes its part
npm run test:matrix -- --only mongoose@8.0.0        those of one version, or of one that is not among them;
                                                    writes their rows
npm run test:matrix -- --only mongoose@8.0.0,express-session@1.17.0
npm run test:matrix -- --lowest                     the lowest versions, on the tests that tell most
npm run test:matrix -- --details                    also why a test has failed
npm run test:matrix -- --jobs 2                     so many combinations at once`

/**
 * @param {import('./combinations').Combination} combination
 * @param {{ server: import('./servers').Server, few: boolean, details: boolean }} options
 * @returns {Promise<{ server: string, row: import('./page').Row }>}
 */
async function tried(combination, { server, few, details }) {
  const { folder, remove } = await install(combination)
  process.once('exit', remove) // by Ctrl-C
  try {
    const tested = await test(folder, { few, server })
    if (details) console.log(tested.details)
    const row = {
      mongoose: installedVersion(folder, 'mongoose'),
      driver: installedVersion(folder, 'mongodb'),
      'express-session': installedVersion(folder, 'express-session'),
      types: installedVersion(folder, '@types/express-session'),
      passed: tested.passed,
      skipped: tested.skipped,
      failed: tested.failed,
      typeErrors: await typeErrors(folder),
    }
    return { server: tested.server, row }
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/**
 * @param {import('./combinations').Combination} combination
 * @param {unknown} error
 * @returns {import('./page').Row} in which the combination could not be tried at all
 */
function lost(combination, error) {
  const failed = [error instanceof Error ? error.message : String(error)]
  const unknown = { driver: '?', types: '?', passed: 0, skipped: 0, typeErrors: [] }
  return { ...combination, ...unknown, failed }
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      lowest: { type: 'boolean', default: false },
      nodes: { type: 'boolean', default: false },
      ends: { type: 'boolean', default: false },
      details: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  if (values.nodes) return tryNodes()
  const jobs = Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error('--jobs: a number from 1 on')
  const wanted = values.only
    ? combinations.only(values.only)
    : values.lowest
      ? combinations.lowest()
      : combinations.every()

  const isPart = values.only !== undefined || values.lowest
  const all = isPart || values.ends ? [{}] : await servers.found()
  const runs = all.flatMap((server, i) => {
    const those = i > 0 || values.ends ? combinations.ends(wanted) : wanted
    return those.map((combination) => ({ server, combination }))
  })

  /** @type {{ server: string, row: import('./page').Row }[]} */
  const results = []
  const queue = [...runs.entries()]
  const job = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [i, { server, combination }] = next
      const names = combinations.PEERS.map((peer) => `${peer}@${combination[peer]}`).join(' ')
      console.log(`${i + 1}/${runs.length} ${names}`)
      const started = Date.now()
      const result = await tried(combination, {
        server,
        few: values.lowest,
        details: values.details,
      }).catch((error) => ({
        server: server.LOCAL_MONGODB ?? 'no server',
        row: lost(combination, error),
      }))
      results[i] = result
      report(result, Math.round((Date.now() - started) / 1000))
    }
  }
  await Promise.all(Array.from({ length: jobs }, job))
  if (values.lowest) return
  for (const name of new Set(results.map(({ server }) => server))) {
    const those = results.filter(({ server }) => server === name)
    const rows = those.map(({ row }) => row)
    if (isPart) page.renew(name, rows)
    else page.write(name, rows)
  }
  if (!isPart && !values.ends) await tryNodes()
}

async function tryNodes() {
  /** @type {import('./nodes').TestedNode[]} */
  const all = []
  for (const version of nodes.others()) {
    const tested = await nodes.testOn(version)
    const { node, server, passed, failed, skipped } = tested
    console.log(
      `Node ${node} on ${server}: ${passed} passed, ${failed.length} failed, ${skipped} skipped`,
    )
    for (const failure of failed) console.log(`  ✗ ${failure}`)
    if (failed.length > 0) process.exitCode = 1
    all.push(tested)
  }
  page.writeNodes(all)
}

/**
 * @param {{ server: string, row: import('./page').Row }} result
 * @param {number} seconds
 */
function report({ server, row }, seconds) {
  const failures = [...row.failed, ...row.typeErrors]
  console.log(
    `  ${row.mongoose} ${row['express-session']} on ${server}: ` +
      `${row.passed} passed, ${failures.length} failed, ${row.skipped} skipped (${seconds} s)`,
  )
  for (const failure of failures) console.log(`  ✗ ${failure}`)
  if (failures.length > 0) process.exitCode = 1
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
