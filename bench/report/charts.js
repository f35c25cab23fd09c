// The charts of a run
// @ts-check
'use strict'

const { Measurements } = require('../statistics')
const { CONNECTIONS } = require('../settings')
const http = require('../sections/http')
const operations = require('../sections/operations')
const growth = require('../sections/growth')
const page = require('../sections/page')
const wire = require('../sections/wire')
const { draw } = require('./svg')
const { sizeOf, titleOf } = require('./tables')

/** The style of each contestant in every chart; those without a database are dashed. */
const STYLES = {
  ours: { color: '#0969da', strong: true },
  against: { color: '#8250df', strong: true, dash: [3, 3] },
  unbatched: { color: '#54aeff', strong: true, dash: [7, 3] },
  'connect-mongo': { color: '#e16f24' },
  'connect-mongodb-session': { color: '#cf222e' },
  driver: { color: '#2da44e' },
  mongoose: { color: '#bf8700' },
  memory: { color: '#8c959f', dash: [6, 4] },
  none: { color: '#8c959f', dash: [2, 3] },
}
/** The connections of README's chart: batching needs many. */
const OVERVIEW_CONNECTIONS = 50
/** The stores that README's readers know, and MemoryStore, which no store on a server can beat. */
const OVERVIEW_STORES = ['ours', 'connect-mongo', 'connect-mongodb-session', 'memory']
const KINDS = {
  read: 'reads: the session is loaded, rolling',
  write: 'writes: a counter in the session',
}

/** @typedef {import('./svg').Panel} Panel */
/** @typedef {(wheres: object[], figure: string, contestants?: string[], scale?: number) => import('./svg').Series[]} SeriesOf */

/** @param {any} run @returns {Record<string, string>} SVG by name */
function chartsOf(run) {
  const { machine, server, started } = run
  const subtitle =
    `${server} · ${machine.cpu}, ${machine.cores} cores · Node ${machine.node} · ` +
    started.slice(0, 10)
  const all = Object.keys(run.results).flatMap((section) => {
    const measured = new Measurements(run.results[section])
    /** A line or a group of bars for each store, with a value for each of `wheres`. */
    const series = (wheres, figure, contestants = Object.keys(STYLES), scale = 1) =>
      contestants
        .filter((contestant) => run.contestants[contestant])
        .map((contestant) => ({
          label: run.contestants[contestant].label,
          ...STYLES[contestant],
          values: wheres.map((where) => {
            const value = measured.figure({ ...where, contestant }, figure)
            return value === undefined ? undefined : value * scale
          }),
        }))
        .filter(({ values }) => values.some((value) => value !== undefined))
    return CHARTS[section](series, measured, run)
  })
  return Object.fromEntries(
    all
      .map((chart) => ({ ...chart, panels: chart.panels.filter((panel) => panel.series.length) }))
      .filter(({ panels }) => panels.length > 0)
      .map(({ name, title, where, panels }) => [
        name,
        draw({ title, subtitle: where ? `${where} · ${subtitle}` : subtitle, panels }),
      ]),
  )
}

/** @type {Record<string, (series: SeriesOf, measured: Measurements, run: any) => { name: string, title: string, where?: string, panels: Panel[] }[]>} */
const CHARTS = {
  page(series, measured, { settings }) {
    const kinds = page.KINDS.filter((kind) => measured.find({ kind }))
    const panel = {
      title: 'One request, then six at once with the same cookie',
      y: 'ms, median',
      x: '',
      kind: /** @type {const} */ ('bars'),
      labels: kinds.map(titleOf),
      series: series(
        kinds.map((kind) => ({ kind })),
        'ms',
        OVERVIEW_STORES,
      ),
    }
    const where = settings.delay > 0 ? `${settings.delay} ms each way to the server` : undefined
    const title = 'What a visitor waits for a page: less is better'
    return [{ name: 'page', title, where, panels: [panel] }]
  },

  http(series) {
    const chart = (name, title, y, figure, { without = [], log = false } = {}) => ({
      name,
      title,
      panels: http.MODES.map((mode) => ({
        title: KINDS[mode],
        y,
        x: 'connections',
        log,
        labels: CONNECTIONS.map(String),
        series: series(
          CONNECTIONS.map((connections) => ({ mode, connections })),
          figure,
        ).filter(({ label }) => !without.includes(label)),
      })),
    })
    // An app without sessions would flatten the other lines
    const without = ['no session']
    const overviewPanel = (title, y, figure) => ({
      title,
      y,
      x: '',
      kind: /** @type {const} */ ('bars'),
      labels: http.MODES.map((mode) => `${mode}s`),
      series: series(
        http.MODES.map((mode) => ({ mode, connections: OVERVIEW_CONNECTIONS })),
        figure,
        OVERVIEW_STORES,
      ),
    })
    return [
      {
        name: 'overview',
        title: `An Express app with ${OVERVIEW_CONNECTIONS} connections`,
        panels: [
          overviewPanel('Requests per second: more is better', '', 'rps'),
          overviewPanel('CPU of the app per request: less is better', 'µs', 'cpu'),
        ],
      },
      chart('requests-per-second', 'Requests per second: more is better', 'requests/s', 'rps', {
        without,
      }),
      chart('cpu-per-request', 'CPU of the app per request: less is better', 'µs', 'cpu'),
      chart('p99', 'Latency, 99th percentile: less is better', 'ms, logarithmic', 'p99', {
        without,
        log: true,
      }),
    ]
  },

  ops(series, _measured, { server }) {
    const chart = (name, kind, against) => ({
      name,
      title: `CPU of the client per operation, against ${against}: less is better`,
      panels: operations.CONCURRENCIES.map((concurrency) => ({
        title: concurrency === 1 ? 'one at a time' : `${concurrency} at once`,
        y: 'µs',
        x: 'operation',
        kind: /** @type {const} */ ('bars'),
        labels: operations.OPERATIONS,
        series: series(
          operations.OPERATIONS.map((operation) => ({ server: kind, operation, concurrency })),
          'cpu',
        ),
      })),
    })
    return [
      chart('operations', 'fixed replies', 'replies that come at once'),
      chart('operations-server', 'server', server),
    ]
  },

  wire(series) {
    const panel = (title, y, figure, wheres, x, labels, log = false) => ({
      title,
      y,
      x,
      kind: /** @type {const} */ ('bars'),
      log,
      labels,
      series: series(wheres, figure),
    })
    const wheres = wire.CASES.flatMap(({ connections, bytes }) =>
      http.MODES.map((mode) => ({ connections, bytes, mode })),
    )
    const small = wheres.filter(({ bytes }) => bytes === wire.CASES[0].bytes)
    const writes = wheres.filter(({ mode }) => mode === 'write')
    const kinds = small.map(({ mode, connections }) => `${mode}, ${connections}`)
    const sizes = writes.map(({ connections, bytes }) => `${connections}, ${sizeOf(bytes)}`)
    const commands = panel('commands', 'per request', 'commands', small, 'connections', kinds)
    const unit = 'bytes, logarithmic'
    const where = 'connections, size of the session'
    const sent = panel('sent for a write', unit, 'sent', writes, where, sizes, true)
    const title = 'On the wire for each request: less is better'
    return [{ name: 'wire', title, panels: [commands, sent] }]
  },

  growth(series, measured) {
    const sizes = growth.OPERATIONS.map((operation) => ({
      title: `${operation}, by size`,
      y: 'µs of CPU, logarithmic',
      x: 'size of the session',
      log: true,
      labels: growth.SIZES.map(sizeOf),
      series: series(
        growth.SIZES.map((size) => ({ operation, size })),
        'cpu',
      ),
    }))
    const reached = growth.STORED.filter((stored) => measured.find({ stored }))
    const number = {
      title: 'get, by number of sessions',
      y: 'µs until it is there',
      x: 'sessions stored',
      labels: reached.map(String),
      series: series(
        reached.map((stored) => ({ stored })),
        'wall',
      ),
    }
    const title = 'As sessions grow, and as there are more of them: less is better'
    return [{ name: 'growth', title, panels: [...sizes, number] }]
  },

  memory(series, measured) {
    const counts = [...new Set(measured.list.map(({ where }) => Number(where.operations)))]
    const panel = {
      title: 'heap and buffers',
      y: 'MB',
      x: 'operations',
      labels: counts.map((count) => (count >= 1e6 ? `${count / 1e6} M` : `${count / 1000} k`)),
      series: series(
        counts.map((operations) => ({ operations })),
        'held',
        undefined,
        1 / 2 ** 20,
      ),
    }
    return [{ name: 'memory', title: 'Held by the process, garbage collected', panels: [panel] }]
  },
}

module.exports = { chartsOf }
