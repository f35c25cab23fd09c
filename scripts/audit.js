// `npm audit`, for CI: fails where a package has a known vulnerability, or where nobody can tell
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')

/** What a registry answers that has no advisories to give: Not Found, Method Not Allowed, Not Implemented. */
const WITHOUT_ADVISORIES = [404, 405, 501]

/** `--strict`: the registry is one that has them. */
const isStrict = process.argv.includes('--strict') || process.env.GITHUB_ACTIONS === 'true'

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' })
const report = parsed(stdout)
const total = report?.metadata?.vulnerabilities?.total

if (total === 0) console.log('no known vulnerabilities')
else if (total > 0) {
  fail(`${total} vulnerabilities: ${Object.keys(report.vulnerabilities).join(', ')}`)
} else if (!isStrict && WITHOUT_ADVISORIES.includes(report?.statusCode)) {
  console.log(`not audited: this registry has no advisories (${report.message})`)
} else {
  fail(`not audited: ${report?.message ?? error?.message ?? (stderr || 'npm said nothing')}`)
}

/** @param {string} json @returns {any} undefined where it is none */
function parsed(json) {
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
