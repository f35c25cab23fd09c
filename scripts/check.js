// Runs every check, then names the failed ones. `--without-tests` skips `npm run test:all`.
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')

const TESTS = 'npm run test:all'

const CHECKS = [
  TESTS,
  'npm run lint',
  'npm run typecheck',
  'npm run check:imports',
  'npm run check:package',
  'npm run check:unused',
  'node scripts/audit.js',
  'node matrix --lowest',
  'npm run soak -- --seconds 20',
]

const withoutTests = process.argv.includes('--without-tests')
const failed = CHECKS.filter((command) => {
  if (withoutTests && command === TESTS) return false
  console.log(`--- ${command}`)
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status !== 0
})
for (const command of failed) console.error(`!!! failed: ${command}`)
if (failed.length === 0) console.log('All is well.')
process.exitCode = failed.length
