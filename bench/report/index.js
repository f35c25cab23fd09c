// Writes the figures, the tables and the charts of a run
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { buildsOf } = require('./builds')
const { chartsOf } = require('./charts')
const { fillPages } = require('./figures')
const { markdown } = require('./markdown')
const { number } = require('./table')
const { targetsOf } = require('./targets')

const BENCHMARKS = path.join(__dirname, '..', '..', 'docs', 'benchmarks')

/** @param {any} run @param {string} folder @returns {string[]} the files written */
function writeReport(run, folder) {
  const charts = chartsOf(run)
  const files = {
    'results.json': `${JSON.stringify(run, undefined, 1)}\n`,
    'README.md': markdown(run, Object.keys(charts)),
    ...Object.fromEntries(Object.entries(charts).map(([name, svg]) => [`${name}.svg`, svg])),
  }
  fs.mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), content)
  }
  // README.md and other pages of docs/ show figures of the committed run
  if (path.resolve(folder) === BENCHMARKS) fillPages(run)
  return Object.keys(files)
}

/** Prints the medians and the targets of a partial run. */
function print(/** @type {any} */ run) {
  for (const [name, list] of Object.entries(run.results)) {
    console.log(`\n${name}`)
    console.table(
      list.map(({ where, median }) => {
        const figures = Object.entries(median).map(([figure, value]) => [figure, number(value)])
        return { ...where, ...Object.fromEntries(figures) }
      }),
    )
  }
  const reached = targetsOf(run).filter(({ met }) => met !== undefined)
  console.table(
    reached.map((each) => ({ ...each, reached: number(each.reached), unit: undefined })),
    ['what', 'wanted', 'reached', 'met'],
  )
  const builds = buildsOf(run)
  if (builds.length > 0) {
    console.log('\nthis build to the other one')
    console.table(builds)
  }
}

module.exports = { writeReport, print }

// Writes the report again from results.json: node bench/report [folder]
if (require.main === module) {
  const folder = process.argv[2] ?? BENCHMARKS
  const run = JSON.parse(fs.readFileSync(path.join(folder, 'results.json'), 'utf8'))
  console.log(writeReport(run, folder).join('\n'))
}
