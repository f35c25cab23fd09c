// Writes docs/compatibility.md: the results of the last whole run on each server
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ROOT } = require('./run-command')

const PAGE = path.join(ROOT, 'docs/compatibility.md')
const END = '<!-- matrix: end -->'

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

/** @param {Row} row */
function nameOf(row) {
  return `Mongoose ${row.mongoose}, express-session ${row['express-session']}`
}

/** At most this many failures of a combination are listed. */
const MAX_FAILURES = 10

/** @param {Row[]} rows */
function failures(rows) {
  return rows.flatMap((row) => {
    const all = [...row.failed, ...row.typeErrors]
    const listed = all
      .slice(0, MAX_FAILURES)
      .map((failure) => `- ${nameOf(row)}: ${failure.split('\n')[0]}`)
    return all.length > MAX_FAILURES
      ? [...listed, `- ${nameOf(row)}: ${all.length - MAX_FAILURES} more`]
      : listed
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
 * Replaces or adds the server's section.
 *
 * @param {string} server
 * @param {Row[]} rows
 */
function writeSection(server, rows) {
  replace(server, section(server, rows))
}

/** @param {import('./node-versions').TestedNode[]} tested */
function writeNodes(tested) {
  const lines = tested.map(({ node, server, failed, passed, skipped }) => {
    const tests = failed.length > 0 ? `**${failed.length} failed**, ` : ''
    return `| ${node} | ${tests}${passed} passed, ${skipped} skipped | ${server} |`
  })
  const table = ['| Node | tests | on |', '| --- | --- | --- |', ...lines].join('\n')
  const about = 'The tests that tell most, with the versions of the lockfile.'
  replace('Node', ['## On other versions of Node', about, table].join('\n\n'))
}

/** @param {import('./runtimes').TestedRuntime[]} tested */
function writeRuntimes(tested) {
  const lines = tested.map(({ name, server, failed, skipped }) => {
    const result = skipped ? 'skipped' : failed.length > 0 ? '**failed**' : 'passed'
    return `| ${name} | ${result} | ${server} |`
  })
  const table = ['| | a short app | on |', '| --- | --- | --- |', ...lines].join('\n')
  const about =
    'An [app](../matrix/runtimes/app.mjs) with the packed package, on Bun and Deno, and bundled for Node:\n' +
    'a login, two simultaneous changes, and a logout during a slow request, plain and encrypted.'
  replace('runtimes', ['## On Bun and Deno, and bundled', about, table].join('\n\n'))
}

/**
 * @param {string} server
 * @param {string} text
 */
function replace(server, text) {
  const block = `<!-- matrix: ${server} -->\n${text}\n${END}`
  const { page, from, to } = sectionOf(server)
  const written =
    from < 0 ? `${page.trimEnd()}\n\n${block}\n` : page.slice(0, from) + block + page.slice(to)
  fs.writeFileSync(PAGE, written)
}

/**
 * Replaces rows of the server's section. Combinations without a row are skipped.
 *
 * @param {string} server
 * @param {Row[]} rows
 */
function updateRows(server, rows) {
  const { page, from, to } = sectionOf(server)
  if (from < 0) return
  const lines = page.slice(from, to).split('\n')
  for (const row of rows) {
    const isRow = (/** @type {string} */ line) => {
      const [, mongoose, , session] = line.split('|').map((cell) => cell.trim())
      return mongoose === row.mongoose && session === row['express-session']
    }
    const at = lines.findIndex(isRow)
    if (at < 0) continue
    lines[at] = `| ${cells(row).join(' | ')} |`
    const isFailure = (/** @type {string} */ line) => line.startsWith(`- ${nameOf(row)}: `)
    for (let i = lines.findIndex(isFailure); i >= 0; i = lines.findIndex(isFailure)) {
      lines.splice(i, 1)
    }
    const failed = failures([row])
    if (failed.length > 0) lines.splice(-1, 0, '', ...failed)
  }
  const block = lines.join('\n').replace(/\n{2,}(?=<!-- matrix: end)/, '\n')
  fs.writeFileSync(PAGE, page.slice(0, from) + block + page.slice(to))
}

/** @param {string} server */
function sectionOf(server) {
  const page = fs.readFileSync(PAGE, 'utf8')
  const from = page.indexOf(`<!-- matrix: ${server} -->`)
  return { page, from, to: page.indexOf(END, from) + END.length }
}

module.exports = { writeSection, writeNodes, writeRuntimes, updateRows }
