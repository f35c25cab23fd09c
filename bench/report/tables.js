// The tables of each section of a run
// @ts-check
'use strict'

const { Measurements } = require('../statistics')
const { CONNECTIONS } = require('../settings')
const http = require('../sections/http')
const operations = require('../sections/operations')
const growth = require('../sections/growth')
const page = require('../sections/page')
const wire = require('../sections/wire')
const { table, times } = require('./table')

/** The stores that others are compared with, if they were measured. */
const BASELINES = ['connect-mongo', 'connect-mongodb-session', 'memory']

/** The name of each kind of page. @type {Record<string, string>} */
const PAGES = {
  first: 'first request, a read',
  reads: 'page of reads',
  'after a write': 'page after a write',
  writes: 'page of writes',
}
const titleOf = (/** @type {string} */ kind) => PAGES[kind][0].toUpperCase() + PAGES[kind].slice(1)

const sizeOf = (/** @type {number} */ bytes) =>
  bytes >= 1024 ? `${bytes / 1024} KB` : `${bytes} bytes`

/** @param {any} run @returns {Record<string, () => string[]>} lines of Markdown by section */
function tablesOf(run) {
  const names = Object.keys(run.contestants)
  const label = (/** @type {string} */ name) => run.contestants[name].label
  const measured = (/** @type {string} */ section) => new Measurements(run.results[section] ?? [])
  const [load, bare, counted, grown, pages] = ['http', 'ops', 'wire', 'growth', 'page'].map(
    measured,
  )
  /** A row for each store of which there is a figure at all. */
  const rows = (list, where, /** @type {(contestant: string) => any[]} */ cells) =>
    names
      .filter((contestant) => list.find({ ...where, contestant }))
      .map((contestant) => [label(contestant), ...cells(contestant)])

  function ofLoad(/** @type {string} */ mode, /** @type {number} */ connections) {
    const where = { mode, connections }
    const against = BASELINES.filter((name) => load.find({ ...where, contestant: name }))
    const head = ['requests/s', 'p50, ms', 'p99, ms', 'CPU, µs']
    return table(
      ['', ...head, 'CPU added', ...against.map((name) => `to ${label(name)}`)],
      rows(load, where, (contestant) => [
        ...['rps', 'p50', 'p99', 'cpu'].map((each) => load.figure({ ...where, contestant }, each)),
        times(load.added(where, contestant, 'connect-mongo', 'memory', 'cpu')),
        ...against.map((name) => times(load.ratio(where, contestant, name, 'rps'))),
      ]),
    )
  }

  function ofPages(/** @type {string} */ kind) {
    const against = BASELINES.filter((name) => pages.find({ kind, contestant: name }))
    return table(
      ['', 'median, ms', 'p95, ms', ...against.map((name) => `to ${label(name)}`)],
      rows(pages, { kind }, (contestant) => [
        ...['ms', 'p95'].map((each) => pages.figure({ kind, contestant }, each)),
        ...against.map((name) => times(pages.ratio({ kind }, contestant, name, 'ms'))),
      ]),
    )
  }

  function ofOperations(/** @type {string} */ server, /** @type {number} */ concurrency) {
    const where = { server, concurrency }
    return table(
      ['', ...operations.OPERATIONS.flatMap((each) => [`${each}: CPU`, 'time', 'to driver'])],
      rows(bare, where, (contestant) =>
        operations.OPERATIONS.flatMap((operation) => [
          bare.figure({ ...where, operation, contestant }, 'cpu'),
          bare.figure({ ...where, operation, contestant }, 'wall'),
          times(bare.ratio({ ...where, operation }, contestant, 'driver', 'cpu')),
        ]),
      ),
    )
  }

  function ofTheWire(/** @type {number} */ connections, /** @type {number} */ bytes) {
    const where = { connections, bytes }
    return table(
      ['', ...http.MODES.flatMap((mode) => [`${mode}: commands`, 'bytes sent', 'received'])],
      rows(counted, where, (contestant) =>
        http.MODES.flatMap((mode) =>
          ['commands', 'sent', 'received'].map((figure) =>
            counted.figure({ ...where, mode, contestant }, figure),
          ),
        ),
      ),
    )
  }

  function bySize() {
    const columns = growth.OPERATIONS.flatMap((operation) =>
      growth.SIZES.map((size) => ({ operation, size })),
    )
    return table(
      ['', ...columns.map(({ operation, size }) => `${operation}, ${sizeOf(size)}`)],
      rows(grown, columns[0], (contestant) =>
        columns.map((where) => grown.figure({ ...where, contestant }, 'cpu')),
      ),
    )
  }

  function byNumber() {
    return table(
      ['', ...growth.STORED.flatMap((stored) => [`${stored} stored: time`, 'CPU'])],
      rows(grown, { stored: growth.STORED[0] }, (contestant) =>
        growth.STORED.flatMap((stored) =>
          ['wall', 'cpu'].map((figure) => grown.figure({ stored, contestant }, figure)),
        ),
      ),
    )
  }

  return {
    page: () =>
      page.KINDS.filter((kind) => pages.find({ kind })).flatMap((kind) => [
        '',
        `### ${titleOf(kind)}`,
        '',
        ofPages(kind),
      ]),
    http: () =>
      http.MODES.flatMap((mode) =>
        CONNECTIONS.filter((connections) => load.find({ connections })).flatMap((connections) => [
          '',
          `### ${mode === 'read' ? 'Reads' : 'Writes'} at ${connections} connection${connections > 1 ? 's' : ''}`,
          '',
          ofLoad(mode, connections),
        ]),
      ),
    ops: () =>
      ['fixed replies', 'server'].flatMap((server) =>
        operations.CONCURRENCIES.flatMap((concurrency) => [
          '',
          `### ${concurrency === 1 ? 'One at a time' : `${concurrency} at once`}, against ${server === 'server' ? run.server : server}`,
          '',
          ofOperations(server, concurrency),
        ]),
      ),
    wire: () =>
      wire.CASES.flatMap(({ connections, bytes }) => [
        '',
        `### Sessions of ${sizeOf(bytes)}, ${connections} connection${connections > 1 ? 's' : ''}`,
        '',
        ofTheWire(connections, bytes),
      ]),
    growth: () => [
      '',
      'The session, against fixed replies: µs of CPU for each operation, one at a time.',
      '',
      bySize(),
      '',
      `The number of sessions stored, on ${run.server}: µs until a \`get\` is there, and of CPU.`,
      '',
      byNumber(),
    ],
    memory: () => [
      '',
      table(
        ['operations', 'store', 'heap and buffers, MB', 'whole process, MB'],
        run.results.memory.map(({ where, median }) => [
          String(where.operations),
          label(where.contestant),
          median.held / 2 ** 20,
          median.rss / 2 ** 20,
        ]),
      ),
    ],
  }
}

module.exports = { tablesOf, sizeOf, PAGES, titleOf }
