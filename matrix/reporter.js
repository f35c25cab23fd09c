// Writes the results of a jest run to the file MATRIX_RESULT
// @ts-check
'use strict'

const fs = require('node:fs')

/**
 * The used part of jest's results.
 *
 * @typedef {object} Results
 * @property {number} numPassedTests
 * @property {number} numPendingTests
 * @property {{
 *   testFilePath: string,
 *   testExecError?: unknown,
 *   failureMessage?: string | null,
 *   testResults: { status: string, fullName: string }[]
 * }[]} testResults
 */

/**
 * @typedef {{ server: string, passed: number, skipped: number, failed: string[], details: string }} TestResult
 */

module.exports = class MatrixReporter {
  /**
   * @param {unknown} _contexts
   * @param {Results} results
   */
  onRunComplete(_contexts, { testResults, numPassedTests, numPendingTests }) {
    const failed = testResults.flatMap((file) => {
      const name = file.testFilePath.replace(/^.*__tests__./, '')
      if (file.testExecError) return [`${name}: could not be run`]
      const tests = file.testResults.filter(({ status }) => status === 'failed')
      return tests.map(({ fullName }) => fullName)
    })
    /** @type {TestResult} */
    const result = {
      server: process.env.TEST_MONGODB_KIND ?? 'none',
      passed: numPassedTests,
      skipped: numPendingTests,
      failed,
      details: testResults.map(({ failureMessage }) => failureMessage ?? '').join(''),
    }
    fs.writeFileSync(/** @type {string} */ (process.env.MATRIX_RESULT), JSON.stringify(result))
  }
}
