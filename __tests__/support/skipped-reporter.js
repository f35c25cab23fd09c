/** Prints which tests were skipped: for many files, jest itself prints only how many. */
// @ts-check
'use strict'

const { join, relative } = require('node:path')
const { MARK } = require('./in-full')

const TESTS = join(__dirname, '..')

/**
 * The used part of jest's results.
 *
 * @typedef {{ status: string, fullName: string, title: string, ancestorTitles: string[] }} Test
 * @typedef {{ testResults: { testFilePath: string, testResults: Test[] }[] }} Results
 */

/**
 * The title, up to the group or test that the short form leaves out; undefined if it is not left out.
 *
 * @param {Test} test
 */
function leftOut({ ancestorTitles, title }) {
  const titles = [...ancestorTitles, title]
  const end = titles.findIndex((each) => each.endsWith(MARK))
  return end < 0 ? undefined : titles.slice(0, end + 1).join(' ')
}

module.exports = class SkippedReporter {
  #areChosen

  /** @param {{ testNamePattern?: string }} globalConfig */
  constructor({ testNamePattern }) {
    // With a name pattern, all others are skipped
    this.#areChosen = Boolean(testNamePattern)
  }

  /**
   * @param {unknown} _contexts
   * @param {Results} results
   */
  onRunComplete(_contexts, { testResults }) {
    if (this.#areChosen) return
    /** @type {Map<string, number>} name → its tests; a group is one line */
    const inFullOnly = new Map()
    for (const file of testResults) {
      const path = relative(TESTS, file.testFilePath)
      for (const test of file.testResults) {
        if (test.status !== 'pending' && test.status !== 'todo') continue
        const title = leftOut(test)
        const name = `${path}: ${title}`
        if (title) inFullOnly.set(name, (inFullOnly.get(name) ?? 0) + 1)
        else console.error(`skipped: ${test.fullName}`)
      }
    }
    for (const [name, count] of inFullOnly) {
      console.error(`left out: ${name}${count > 1 ? `: ${count} tests` : ''}`)
    }
  }
}
