// The page that shows a run: what it ran on, the targets, the charts and the tables
// @ts-check
'use strict'

const { Measurements } = require('../statistics')
const { table, number } = require('./table')
const { tablesOf } = require('./tables')
const { targetsOf } = require('./targets')

/** @type {Record<string, { title: string, about: string | ((run: any) => string), charts: Record<string, string> }>} */
const SECTIONS = {
  page: {
    title: 'A page',
    about: aboutPages,
    charts: { page: 'What a visitor waits for a page, by kind of page and store' },
  },
  http: {
    title: 'An Express app under load',
    about:
      'A read loads a rolling session (`get` and `touch`; connect-mongodb-session has no `touch`), a\n' +
      'write increments a counter in it (`get` and `set`). Each connection has its own session. Ratios are of\n' +
      'requests per second. "CPU added" is what a store adds to the CPU of an app on MemoryStore, divided\n' +
      'by what connect-mongo adds.',
    charts: {
      'requests-per-second': 'Requests per second by connections and store',
      'cpu-per-request': 'CPU per request by connections and store',
      p99: '99th percentile of the latency by connections and store',
    },
  },
  ops: {
    title: 'The bare store',
    about:
      'µs of the client per operation. `set` saves a session that was loaded, `set new` one that\n' +
      'was not. Ratios are of CPU. "Fixed replies" come at once from a server that does nothing else.',
    charts: {
      operations: 'CPU per operation against fixed replies',
      'operations-server': 'CPU per operation against the server',
    },
  },
  wire: {
    title: 'On the wire',
    about: 'Per request to the app, as counted by the server with fixed replies.',
    charts: { wire: 'Commands and bytes for each request' },
  },
  growth: {
    title: 'As it grows',
    about: 'Larger sessions, and more of them.',
    charts: { growth: 'Cost by size of the session and by number of sessions' },
  },
  memory: {
    title: 'Memory',
    about: 'What a process holds after garbage collection, while it runs 50 operations at a time.',
    charts: { memory: 'Memory held by number of operations' },
  },
}

/** @param {any} run @param {string[]} drawn names of the charts */
function markdown(run, drawn) {
  const tables = tablesOf(run)
  const measured = Object.keys(run.results).filter((name) => run.results[name].length > 0)
  const sections = measured.flatMap((name) => {
    const { title, about, charts } = SECTIONS[name]
    const shown = Object.keys(charts).filter((chart) => drawn.includes(chart))
    const images = shown.flatMap((chart) => ['', `![${charts[chart]}](${chart}.svg)`])
    const text = typeof about === 'string' ? about : about(run)
    return ['', `## ${title}`, '', text, ...images, ...tables[name]()]
  })
  const missing = run.notes.map((/** @type {string} */ note) => `- ${note}`)
  return `${[
    '# Benchmarks',
    '',
    'Written by `npm run bench`: [how it measures](../../bench/README.md). Unless “What is missing” says otherwise, all',
    'figures are from one run; [results.json](results.json) has each round.',
    '',
    ranOn(run),
    '',
    ...(missing.length > 0 ? ['What is missing:', '', ...missing, ''] : []),
    '## Targets',
    '',
    'What should hold on any machine: the stores run side by side, so the ratios to connect-mongo vary less than\n' +
      'the figures. All other figures below are without a target.',
    '',
    table(['target', 'wanted', 'reached', 'met'], targetsOf(run).map(targetRow)),
    ...sections,
  ].join('\n')}\n`
}

function aboutPages(/** @type {any} */ { settings, results }) {
  const measured = new Measurements(results.page)
  const [held, late] = ['ms', 'p95'].map((figure) => measured.figure({ kind: 'held' }, figure))
  const count = measured.figure({ kind: 'reads' }, 'count')
  const between =
    held === undefined
      ? 'Nothing is between app and database.'
      : `Between app and database, a proxy holds each chunk for ${settings.delay} ms each way\n` +
        `(really ${number(held)} in the median, and up to ${number(late)} in 95 of 100).`
  return (
    'How long a visitor waits: one request, then six more at once with the same cookie, as a browser\n' +
    'sends them. A page of reads reads seven times, one after a write writes first, and a page of\n' +
    'writes reads first and then writes six times. Medians and 95th percentiles of\n' +
    `${count} pages each. ${between}`
  )
}

function ranOn(/** @type {any} */ { started, seconds, settings, machine, server, contestants }) {
  const versions = Object.values(contestants).map((each) => [
    each.label,
    Object.entries(each.versions)
      .map((pair) => pair.join(' '))
      .join(', '),
  ])
  return table(
    ['', 'this run'],
    [
      ['when', `${started}, for ${number(seconds / 60)} minutes${settings.quick ? ', quick' : ''}`],
      ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.os}`],
      ['Node', machine.node],
      ['server', server],
      ...versions,
    ],
  )
}

function targetRow(/** @type {import('./targets').Target} */ { what, wanted, reached, unit, met }) {
  if (met === undefined) return [what, wanted, 'not measured', '']
  return [what, wanted, `${number(reached)}${unit}`, met ? 'yes' : '**no**']
}

module.exports = { markdown }
