/** Says which tests were skipped: in a run of many files, jest itself tells only how many. */
// @ts-check
'use strict'

/**
 * What jest says, as far as it is used here.
 *
 * @typedef {{ testResults: { testResults: { status: string, fullName: string }[] }[] }} Results
 */

module.exports = class SkippedReporter {
  #areChosen

  /** @param {{ testNamePattern?: string }} globalConfig */
  constructor({ testNamePattern }) {
    // All the others are then skipped as well, and are of no interest
    this.#areChosen = Boolean(testNamePattern)
  }

  /**
   * @param {unknown} _contexts
   * @param {Results} results
   */
  onRunComplete(_contexts, { testResults }) {
    if (this.#areChosen) return
    for (const { status, fullName } of testResults.flatMap((file) => file.testResults)) {
      if (status === 'pending' || status === 'todo') console.error(`skipped: ${fullName}`)
    }
  }
}
