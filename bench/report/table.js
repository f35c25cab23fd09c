// Figures as text, and rows of them as a Markdown table
// @ts-check
'use strict'

/** @param {number | undefined} value to three digits */
function number(value) {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)))
}

const times = (/** @type {number | undefined} */ ratio) =>
  ratio === undefined || Number.isNaN(ratio) ? '–' : `${number(ratio)}×`

/** @param {string[]} head @param {(string | number | undefined)[][]} rows */
function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? cell : number(cell))),
  )
  return [head, head.map((_, i) => (i ? '--:' : '---')), ...texts].map(line).join('\n')
}

module.exports = { number, times, table }
