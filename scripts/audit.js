// `npm audit` for CI: fails if a package has a known vulnerability, or if the audit is impossible
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')

/** The statuses of a registry without advisories: Not Found, Method Not Allowed, Not Implemented. */
const NO_ADVISORIES = [404, 405, 501]

/** `--strict`: the registry must have advisories. */
const isStrict = process.argv.includes('--strict') || process.env.GITHUB_ACTIONS === 'true'

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' })
const report = parseJson(stdout)
const total = report?.metadata?.vulnerabilities?.total

if (total === 0) console.log('no known vulnerabilities')
else if (total > 0) {
  fail(`${total} vulnerabilities: ${Object.keys(report.vulnerabilities).join(', ')}`)
} else if (!isStrict && NO_ADVISORIES.includes(report?.statusCode)) {
  console.log(`not audited: this registry has no advisories (${report.message})`)
} else {
  fail(`not audited: ${report?.message ?? error?.message ?? (stderr || 'npm said nothing')}`)
}

/** @param {string} json @returns {any} undefined if it is no JSON */
function parseJson(json) {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** @param {string} why */
function fail(why) {
  console.error(why)
  process.exitCode = 1
}
