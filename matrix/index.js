// npm run test:matrix: the tests on the lowest and the newest versions of the peers
// @ts-check
'use strict'

const { parseArgs } = require('node:util')
const peerVersions = require('./peer-versions')
const { install, installedVersion } = require('./installation')
const nodes = require('./node-versions')
const page = require('./compatibility-page')
const servers = require('./servers')
const { runTests } = require('./run-tests')
const { testRuntimes } = require('./runtimes')
const { typeErrors } = require('./check-types')

const USAGE = `npm run test:matrix                                 every combination, and the lowest and the newest on every
                                                    other server found; some of the tests on other versions
                                                    of Node; a short app on Bun and Deno, and bundled; writes
                                                    docs/compatibility.md
npm run test:matrix -- --nodes                      only the versions of Node; writes their part
npm run test:matrix -- --runtimes                   only Bun, Deno and the bundlers; writes their part
npm run test:matrix -- --runtime bun,deno           only some of them; writes nothing
LOCAL_MONGODB=ferretdb npm run test:matrix -- --ends   the lowest and the newest on one server; writes its part
npm run test:matrix -- --only mongoose@8.16.0       the combinations with this version, which may be any;
                                                    writes their rows
npm run test:matrix -- --only mongoose@8.16.0,express-session@1.17.0
npm run test:matrix -- --lowest                     the lowest versions, with a few tests
npm run test:matrix -- --details                    also shows why a test failed
npm run test:matrix -- --jobs 2                     the number of combinations at once`

/**
 * @param {import('./peer-versions').Combination} combination
 * @param {{ server: import('./servers').Server, isSmokeTest: boolean, details: boolean }} options
 * @returns {Promise<{ server: string, row: import('./compatibility-page').Row }>}
 */
async function testCombination(combination, { server, isSmokeTest, details }) {
  const { folder, remove } = await install(combination)
  process.once('exit', remove) // on Ctrl-C
  try {
    const tested = await runTests(folder, { isSmokeTest, server })
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
 * @param {import('./peer-versions').Combination} combination
 * @param {unknown} error
 * @returns {import('./compatibility-page').Row} for a combination that could not be tested at all
 */
function failedRow(combination, error) {
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
      runtimes: { type: 'boolean', default: false },
      runtime: { type: 'string' },
      ends: { type: 'boolean', default: false },
      details: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  if (values.nodes) return testOtherNodes()
  if (values.runtimes || values.runtime !== undefined) return testOtherRuntimes(values.runtime)
  const jobs = Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error('--jobs: a number from 1 on')
  const wanted = values.only
    ? peerVersions.matching(values.only)
    : values.lowest
      ? peerVersions.lowest()
      : peerVersions.all()

  const isPart = values.only !== undefined || values.lowest
  const testedServers = isPart || values.ends ? [{}] : await servers.available()
  const runs = testedServers.flatMap((server, i) => {
    const selected = i > 0 || values.ends ? peerVersions.lowestAndNewest(wanted) : wanted
    return selected.map((combination) => ({ server, combination }))
  })

  /** @type {{ server: string, row: import('./compatibility-page').Row }[]} */
  const results = []
  const queue = [...runs.entries()]
  const job = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [i, { server, combination }] = next
      const names = peerVersions.PEERS.map((peer) => `${peer}@${combination[peer]}`).join(' ')
      console.log(`${i + 1}/${runs.length} ${names}`)
      const started = Date.now()
      const result = await testCombination(combination, {
        server,
        isSmokeTest: values.lowest,
        details: values.details,
      }).catch((error) => ({
        server: server.LOCAL_MONGODB ?? 'no server',
        row: failedRow(combination, error),
      }))
      results[i] = result
      report(result, Math.round((Date.now() - started) / 1000))
    }
  }
  await Promise.all(Array.from({ length: jobs }, job))
  if (values.lowest) return
  for (const name of new Set(results.map(({ server }) => server))) {
    const ofServer = results.filter(({ server }) => server === name)
    const rows = ofServer.map(({ row }) => row)
    if (isPart) page.updateRows(name, rows)
    else page.writeSection(name, rows)
  }
  if (isPart || values.ends) return
  await testOtherNodes()
  await testOtherRuntimes()
}

async function testOtherNodes() {
  /** @type {import('./node-versions').TestedNode[]} */
  const all = []
  for (const version of nodes.otherVersions()) {
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

/** @param {string} [only] */
async function testOtherRuntimes(only) {
  /** @type {import('./runtimes').TestedRuntime[]} */
  const all = []
  for await (const tested of testRuntimes(only)) {
    const { name, server, failed, skipped } = tested
    const what = skipped ? `skipped: ${skipped}` : failed.length > 0 ? 'failed' : 'passed'
    console.log(`${name} on ${server}: ${what}`)
    for (const failure of failed) console.log(`  ✗ ${failure}`)
    if (failed.length > 0) process.exitCode = 1
    all.push(tested)
  }
  if (only === undefined) page.writeRuntimes(all)
}

/**
 * @param {{ server: string, row: import('./compatibility-page').Row }} result
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
