// docs/compatibility.md: what the last whole run on each server has shown
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ROOT } = require('./run')

const PAGE = path.join(ROOT, 'docs/compatibility.md')

/**
 * @typedef {object} Row
 * @property {string} mongoose
 * @property {string} driver
 * @property {string} express-session
 * @property {string} types version of `@types/express-session`
 * @property {number} passed
 * @property {number} skipped
 * @property {string[]} failed
 * @property {string[]} typeErrors
 */

const HEADER = ['Mongoose', 'driver', 'express-session', 'its types', 'tests', 'type checks']

/** @param {Row} row */
function cells(row) {
  const { failed, passed, skipped, typeErrors } = row
  const tests = failed.length > 0 ? `**${failed.length} failed**, ` : ''
  return [
    row.mongoose,
    row.driver,
    row['express-session'],
    row.types,
    `${tests}${passed} passed, ${skipped} skipped`,
    typeErrors.length > 0 ? `**${typeErrors.length} errors**` : 'passed',
  ]
}

/** Of each combination; where everything fails, the names would bury the page. */
const MOST = 10

/** @param {Row[]} rows */
function failures(rows) {
  return rows.flatMap((row) => {
    const where = `Mongoose ${row.mongoose}, express-session ${row['express-session']}`
    const all = [...row.failed, ...row.typeErrors]
    const listed = all.slice(0, MOST).map((failure) => `- ${where}: ${failure.split('\n')[0]}`)
    return all.length > MOST ? [...listed, `- ${where}: ${all.length - MOST} more`] : listed
  })
}

/**
 * @param {string} server
 * @param {Row[]} rows
 */
function section(server, rows) {
  const table = [HEADER, HEADER.map(() => '---'), ...rows.map(cells)]
  const lines = table.map((row) => `| ${row.join(' | ')} |`)
  const failed = failures(rows)
  const when = `Node ${process.version}, ${process.platform} ${process.arch}.`
  return [`## On ${server}`, when, lines.join('\n'), ...(failed.length ? [failed.join('\n')] : [])]
    .join('\n\n')
    .trim()
}

/**
 * Replaces the server's section, or adds it; the others stay.
 *
 * @param {string} server
 * @param {Row[]} rows
 */
function write(server, rows) {
  const begin = `<!-- matrix: ${server} -->`
  const end = '<!-- matrix: end -->'
  const block = `${begin}\n${section(server, rows)}\n${end}`
  const page = fs.readFileSync(PAGE, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from) + end.length
  const written =
    from < 0 ? `${page.trimEnd()}\n\n${block}\n` : page.slice(0, from) + block + page.slice(to)
  fs.writeFileSync(PAGE, written)
}

module.exports = { write }
