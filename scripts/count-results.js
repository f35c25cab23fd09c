// Counts the results of several runs of jest: `count-results.js <failed commands> <results.json>…`.
// A file that ran more than once counts as in its last run; what failed in an earlier one has failed.
// @ts-check
'use strict'

const fs = require('node:fs')

/**
 * As `jest --json` writes it, as far as it is used here.
 *
 * @typedef {{ name: string, status: string, assertionResults: { status: string }[] }} File
 * @typedef {{ testResults: File[] }} Results
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @param {File} file @returns {Counts} */
function countsOf({ status, assertionResults }) {
  const number = (/** @type {string[]} */ ...those) =>
    assertionResults.filter((test) => those.includes(test.status)).length
  const failed = number('failed')
  // A file that could not be loaded has no tests, and is one failure
  const isBroken = status === 'failed' && failed === 0
  return {
    passed: number('passed'),
    failed: isBroken ? 1 : failed,
    skipped: number('pending', 'todo', 'skipped', 'disabled'),
  }
}

/**
 * @param {Results[]} runs the earliest first
 * @param {number} failedCommands those of the runs included
 * @returns {Counts}
 */
function count(runs, failedCommands) {
  /** @type {Map<string, Counts>} */
  const files = new Map()
  for (const file of runs.flatMap((run) => run.testResults)) {
    const counts = countsOf(file)
    const earlier = files.get(file.name)?.failed ?? 0
    files.set(file.name, { ...counts, failed: Math.max(counts.failed, earlier) })
  }
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of files.values()) {
    sum.passed += passed
    sum.failed += failed
    sum.skipped += skipped
  }
  // A failed test fails its command as well: that is one failure
  const failedRuns = runs.filter((run) => run.testResults.some((file) => countsOf(file).failed > 0))
  return { ...sum, failed: sum.failed + Math.max(0, failedCommands - failedRuns.length) }
}

const [failedCommands, ...names] = process.argv.slice(2)
const runs = names.map((name) => JSON.parse(fs.readFileSync(name, 'utf8')))
const { passed, failed, skipped } = count(runs, Number(failedCommands))
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
