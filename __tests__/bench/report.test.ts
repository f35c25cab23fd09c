/** The benchmark's report: its targets, tables and charts are of what was measured, and of nothing else. */
import { read } from '../docs/support/pages'

type Where = Record<string, string | number>
interface Measurements {
  list: { where: Where; samples: Record<string, number>[]; median: Record<string, number> }[]
  add(where: Where, sample: Record<string, number>): void
  addAll(where: Where, values: number[]): void
  ratio(where: Where, a: string, b: string, figure: string): number | undefined
  added(where: Where, a: string, b: string, base: string, figure: string): number | undefined
}
interface Run {
  settings: object
  contestants: object
  results: Record<string, Measurements['list']>
}
interface Target {
  what: string
  wanted: string
  reached?: number
  met?: boolean
}

const { Measurements } = require('../../bench/statistics') as {
  Measurements: new () => Measurements
}
const { targetsOf } = require('../../bench/report/targets') as { targetsOf(run: Run): Target[] }
const { chartsOf } = require('../../bench/report/charts') as {
  chartsOf(run: Run): Record<string, string>
}
const { markdown } = require('../../bench/report/markdown') as {
  markdown(run: Run, charts: string[]): string
}
const { buildsOf } = require('../../bench/report/builds') as { buildsOf(run: Run): object[] }

const committed = JSON.parse(read('docs/benchmarks/results.json')) as Run
const runOf = (results: Run['results'], more: object = {}): Run => ({
  ...committed,
  ...more,
  settings: { ...committed.settings, delay: 1 },
  // As it is read back from results.json
  results: JSON.parse(JSON.stringify(results)),
})

/** Each store takes as long as is said for every page, of whatever kind. */
function pages(times: Record<string, number[]>, held = true) {
  const measurements = new Measurements()
  for (const [contestant, turns] of Object.entries(times)) {
    for (const kind of ['first', 'reads', 'after a write', 'writes']) {
      for (const ms of turns) measurements.addAll({ contestant, kind }, [ms - 1, ms, ms + 1])
    }
  }
  if (held) measurements.add({ kind: 'held' }, { ms: 1.12, p95: 1.95 })
  return measurements.list
}

/** Microseconds per request, by round. */
function cpu(where: Where, byContestant: Record<string, number[]>) {
  const measurements = new Measurements()
  for (const [contestant, rounds] of Object.entries(byContestant)) {
    for (const each of rounds) measurements.add({ contestant, ...where }, { cpu: each, rps: 1 })
  }
  return measurements
}

describe('a page', () => {
  it('is judged by how long it takes beside connect-mongo, turn by turn', () => {
    const run = runOf({ page: pages({ ours: [7, 70, 7], 'connect-mongo': [10, 100, 1000] }) })
    const targets = targetsOf(run).filter(({ what }) => what.startsWith('time of a '))
    expect(targets.map(({ what, wanted, met }) => [what, wanted, met])).toEqual([
      ['time of a page of reads, to connect-mongo', '≤ 0.6×', false],
      ['time of a page after a write, to connect-mongo', '≤ 0.75×', true],
      ['time of a page of writes, to connect-mongo', '≤ 0.85×', true],
    ])
    expect(targets.map(({ reached }) => reached)).toEqual([0.7, 0.7, 0.7])
  })

  it('has the median and the 95th percentile of all pages, and each turn in results.json', () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1)
    const measurements = new Measurements()
    measurements.addAll({ kind: 'reads' }, values.slice(0, 50))
    measurements.addAll({ kind: 'reads' }, values.slice(50))
    expect(JSON.parse(JSON.stringify(measurements.list))).toEqual([
      {
        where: { kind: 'reads' },
        samples: [{ ms: 25.5 }, { ms: 75.5 }],
        median: { ms: 50.5, p95: 96, count: 100 },
      },
    ])
  })

  it('has a chart and a table for each kind, and says how far the database is', () => {
    const run = runOf({ page: pages({ ours: [10], 'connect-mongo': [20], memory: [2] }) })
    const charts = chartsOf(run)
    expect(Object.keys(charts)).toEqual(['page'])
    expect(charts['page']).toContain('1 ms each way to the server')
    expect(charts['page']).toContain('>express-mongoose-session</text>')
    expect(charts['page']?.match(/>10<\/text>/g)?.length).toBeGreaterThanOrEqual(4)
    const text = markdown(run, ['page'])
    expect(text).toContain('](page.svg)')
    expect(text).toContain('holds each chunk for 1 ms each way\n(really 1.12 in the median')
    expect(text).toContain('Medians and 95th percentiles of\n3 pages each.')
    for (const title of ['First request, a read', 'Page of reads', 'Page after a write']) {
      const table = text.split(`### ${title}\n`)[1]?.split('###')[0]
      expect(table).toContain('| express-mongoose-session | 10 | 11 | 0.5× | 5× |')
    }
  })

  it('says so where nothing was between app and database', () => {
    const run = runOf({ page: pages({ ours: [10] }, false) })
    run.settings = { ...run.settings, delay: 0 }
    expect(markdown(run, ['page'])).toContain('Nothing is between app and database.')
    expect(chartsOf(run)['page']).not.toContain('each way')
  })

  it('is not measured in a run from before it was, which has all of the rest', () => {
    const { page: _, ...results } = committed.results
    const run = runOf(results)
    const [first] = targetsOf(run)
    expect(first).toMatchObject({ what: expect.stringContaining('page of reads'), met: undefined })
    const charts = Object.keys(chartsOf(run))
    expect(charts).toContain('overview')
    expect(charts).not.toContain('page')
    expect(markdown(run, charts)).not.toContain('## A page')
  })
})

describe('the CPU that a store adds', () => {
  const where = { mode: 'read', connections: 50 }

  it('is what it takes beyond MemoryStore, for each that connect-mongo takes beyond it', () => {
    const measured = cpu(where, {
      ours: [550, 900, 610],
      'connect-mongo': [1000, 1000, 1000],
      memory: [500, 500, 500],
    })
    expect(measured.added(where, 'ours', 'connect-mongo', 'memory', 'cpu')).toBeCloseTo(0.22)
    const run = runOf({ http: measured.list })
    expect(
      targetsOf(run).filter(({ what, met }) => what.startsWith('CPU added') && met !== undefined),
    ).toMatchObject([
      { what: expect.stringContaining('reads at 50'), wanted: '≤ 0.25×', met: true },
    ])
    const [, table] = markdown(run, []).split('### Reads at 50 connections')
    const row = /^\| express-mongoose-session \|.*$/m.exec(table as string)
    expect(row?.[0].split('|')[6]?.trim()).toBe('0.22×')
  })

  it('is of no round in which connect-mongo seems to add nothing', () => {
    const measured = cpu(where, {
      ours: [600, 600, 600],
      'connect-mongo': [500, 400, 1000],
      memory: [500, 500, 500],
    })
    expect(measured.added(where, 'ours', 'connect-mongo', 'memory', 'cpu')).toBe(0.2)
  })

  it('is not known without MemoryStore beside it', () => {
    const measured = cpu(where, { ours: [600], 'connect-mongo': [1000] })
    expect(measured.added(where, 'ours', 'connect-mongo', 'memory', 'cpu')).toBeUndefined()
  })
})

describe('two builds of the store', () => {
  it('are compared round by round, with how far the rounds lie apart', () => {
    const where = { mode: 'read', connections: 1 }
    const measured = cpu(where, {
      ours: [90, 80, 100, 120, 110],
      against: [100, 100, 100, 100, 100],
    })
    expect(buildsOf(runOf({ http: measured.list }))).toEqual([
      { ...where, figure: 'cpu', ratio: '1', 'middle half': '0.9 to 1.1' },
      { ...where, figure: 'rps', ratio: '1', 'middle half': '1 to 1' },
    ])
  })

  it('are not compared where there is one', () => {
    const measured = cpu({ mode: 'read' }, { ours: [90] })
    expect(buildsOf(runOf({ http: measured.list }))).toEqual([])
  })
})
