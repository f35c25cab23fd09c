// Writes the figures, the tables and the charts
'use strict'
const fs = require('node:fs')
const path = require('node:path')
exports.writeReport = (run, out) => {
  fs.writeFileSync(path.join(out, 'results.json'), `${JSON.stringify(run, null, 1)}\n`)
  for (const [name, list] of Object.entries(run.results)) {
    console.log(name)
    console.table(list.map(({ where, median }) => ({ ...where, ...Object.fromEntries(Object.entries(median).map(([k, v]) => [k, +v.toFixed(1)])) })))
  }
}
