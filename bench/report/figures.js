// The figures of a run within README.md and the pages of docs/, between `<!-- figures: name -->` and `<!-- figures: end -->`
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { Measurements } = require('../statistics')
const { STORED } = require('../sections/growth')
const { CONNECTIONS } = require('../settings')
const { CASES } = require('../sections/wire')
const { sizeOf } = require('./tables')
const { removals, spaceOf } = require('./space')
const { number, table } = require('./table')

const ROOT = path.join(__dirname, '..', '..')
const DOCS = path.join(ROOT, 'docs')
const REGION = /(<!-- figures: (\w+) -->\n)[\s\S]*?(<!-- figures: end -->)/g

/** The stores beside one another in README.md, by what a run calls them. */
const COMPARED = [
  ['ours', 'this store'],
  ['connect-mongodb-session', 'connect-mongodb-session'],
  ['connect-mongo', 'connect-mongo'],
]

/** @param {any} run @returns {Record<string, string>} Markdown by the name of its place */
function figuresOf(run) {
  const [load, counted, grown] = ['http', 'wire', 'growth'].map(
    (name) => new Measurements(run.results[name] ?? []),
  )
  const { machine, server } = run

  /** Where there is no figure, there is none of what follows from it. */
  const perCore = (/** @type {number | undefined} */ cpu) => cpu && 1e6 / cpu

  const twoDigits = (/** @type {number} */ value) => String(Number(value.toPrecision(2)))

  return {
    machine: `${machine.cpu} with ${machine.cores} cores, Node ${machine.node}, ${server}; app, load and server on one machine`,

    load: table(
      [
        'connections',
        'reads/s',
        'writes/s',
        'reads/s of a core',
        'writes/s of a core',
        'unbatched: reads/s',
        'writes/s',
      ],
      CONNECTIONS.map((connections) => {
        const figure = (contestant, mode, name) =>
          load.figure({ contestant, mode, connections }, name)
        return [
          String(connections),
          figure('ours', 'read', 'rps'),
          figure('ours', 'write', 'rps'),
          perCore(figure('ours', 'read', 'cpu')),
          perCore(figure('ours', 'write', 'cpu')),
          figure('unbatched', 'read', 'rps'),
          figure('unbatched', 'write', 'rps'),
        ]
      }),
    ),

    compared: table(
      ['connections', ...COMPARED.flatMap(([, label]) => [`${label}: reads/s`, 'writes/s'])],
      CONNECTIONS.map((connections) => [
        String(connections),
        ...COMPARED.flatMap(([contestant]) =>
          ['read', 'write'].map((mode) => load.figure({ contestant, mode, connections }, 'rps')),
        ),
      ]),
    ),

    wire: table(
      [
        'sessions',
        'connections',
        '`touchAfter`',
        'commands for a read',
        'for a write',
        'bytes sent for a read',
        'for a write',
      ],
      CASES.flatMap(({ connections, bytes }) =>
        [
          ['ours', '0'],
          ['throttled', 'a minute'],
        ].map(([contestant, touchAfter]) => {
          const figure = (mode, name) =>
            counted.figure({ contestant, mode, connections, bytes }, name)
          return [
            sizeOf(bytes),
            String(connections),
            touchAfter,
            figure('read', 'commands'),
            figure('write', 'commands'),
            figure('read', 'sent'),
            figure('write', 'sent'),
          ]
        }),
      ),
    ),

    stored: table(
      ['sessions stored', "a read: the app's CPU, µs", 'until it is there, µs'],
      STORED.map((stored) => {
        const figure = (name) =>
          grown.figure({ contestant: 'ours', stored, operation: 'get' }, name)
        return [String(stored), figure('cpu'), figure('wall')]
      }).filter(([, ...figures]) => figures.some((each) => each !== undefined)),
    ),

    space: table(
      ['session, bytes', 'record', 'its index entries', 'sessions in 1 GB of memory, about'],
      [300, 1024, 16 * 1024].map((bytes) => {
        const { record, indexes } = spaceOf(bytes)
        return [
          String(bytes),
          String(record),
          String(indexes),
          // An estimate: more digits would say more than is known
          twoDigits(2 ** 30 / (record + indexes)),
        ]
      }),
    ),

    removal: table(
      ['live sessions', 'each lives', 'removed per second', 'per run of the monitor'],
      [
        [100_000, 'an hour', 3_600],
        [1_000_000, '14 days', 14 * 86_400],
        [10_000_000, 'a day', 86_400],
      ].map(([sessions, lifetime, seconds]) => {
        const { inSecond, atOnce } = removals(Number(sessions), Number(seconds))
        return [String(sessions), String(lifetime), inSecond, String(Math.round(atOnce))]
      }),
    ),

    memory: table(
      ['operations', 'heap and buffers, MB', 'whole process, MB'],
      (run.results.memory ?? [])
        .filter((_, i, all) => [0, Math.floor(all.length / 2), all.length - 1].includes(i))
        .map(({ where, median }) => [
          String(where.operations),
          number(median.held / 2 ** 20),
          number(median.rss / 2 ** 20),
        ]),
    ),
  }
}

/** The page with the figures of the run. @param {string} page @param {any} run */
function withFigures(page, run) {
  const figures = figuresOf(run)
  return page.replace(REGION, (_, opening, name, end) => {
    if (figures[name] === undefined) throw new Error(`there are no figures "${name}"`)
    return `${opening}${figures[name]}\n${end}`
  })
}

/** Writes the figures of the run into README.md and every page of docs/ that has a place for some. */
function fillPages(/** @type {any} */ run) {
  const pages = fs.readdirSync(DOCS).filter((file) => file.endsWith('.md'))
  for (const file of [
    path.join(ROOT, 'README.md'),
    ...pages.map((name) => path.join(DOCS, name)),
  ]) {
    const page = fs.readFileSync(file, 'utf8')
    const filled = withFigures(page, run)
    if (filled !== page) fs.writeFileSync(file, filled)
  }
}

module.exports = { withFigures, fillPages }
