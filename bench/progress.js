// A line that says what is being measured
// @ts-check
'use strict'

/** Where the line cannot be overwritten, a new one at most this often. */
const EVERY = 10_000

function progressLine() {
  const from = Date.now()
  const { stderr } = process
  let last = 0
  /** @param {string} what */
  function progress(what) {
    const now = Date.now()
    const seconds = Math.round((now - from) / 1000)
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    const line = `${time}  ${what}`
    if (stderr.isTTY) stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
    else if (now - last >= EVERY) {
      last = now
      stderr.write(`${line}\n`)
    }
  }
  return { progress, done: () => stderr.isTTY && stderr.write('\r\x1b[K') }
}

module.exports = { progressLine }
