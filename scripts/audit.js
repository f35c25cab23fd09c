// `npm audit`, for CI: fails where a package has a known vulnerability, and says so where nobody can tell
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' })
const report = JSON.parse(stdout || '{}')
const total = report.metadata?.vulnerabilities?.total
if (total === undefined) {
  console.log('not audited: the registry gives no advisories')
} else if (total > 0) {
  console.error(`${total} vulnerabilities: ${Object.keys(report.vulnerabilities).join(', ')}`)
  process.exitCode = 1
} else console.log('no known vulnerabilities')
