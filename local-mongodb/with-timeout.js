// Sets a time limit to a promise
// @ts-check
'use strict'

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @param {string} message
 * @returns {Promise<T>}
 */
async function withTimeout(ms, promise, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const timeout = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} in ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

module.exports = { withTimeout }
