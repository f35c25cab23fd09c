// A progress line on stderr
// @ts-check
'use strict'

/** Without a terminal: at most one line in this time, in ms. */
const INTERVAL = 10_000

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
    else if (now - last >= INTERVAL) {
      last = now
      stderr.write(`${line}\n`)
    }
  }
  return { progress, done: () => stderr.isTTY && stderr.write('\r\x1b[K') }
}

module.exports = { progressLine }
