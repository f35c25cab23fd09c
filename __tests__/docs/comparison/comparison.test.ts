/** The table of stores, and README's part of it, say what they do. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { EXCLUSIVE, FEATURES } from './features'
import { STORES } from './stores'

const root = path.join(__dirname, '../../..')
function tableOf(page: string): [string[], string[], ...string[][]] {
  const text = readFileSync(path.join(root, page), 'utf8')
  const table = text.split('<!-- comparison -->\n')[1]?.split('\n\n')[0] ?? ''
  const rows = table.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replace(/\*\*/g, '').trim()),
  )
  return rows as [string[], string[], ...string[][]]
}
const [head, , ...rows] = tableOf('docs/comparison.md')
const names = head.slice(1).map((name) => name.replace(/[ \d.]+$/, ''))

afterEach(() => void jest.useRealTimers())

it('it has every store, and every feature that is tried', () => {
  expect(names).toEqual(Object.keys(STORES))
  expect(rows.map(([feature]) => feature)).toEqual(Object.keys(FEATURES))
})

it("README's table has ten of them, without their conditions", () => {
  const [ofReadme, , ...some] = tableOf('README.md')
  expect(ofReadme).toEqual(head)
  expect(some).toHaveLength(10)
  expect(rows.map((row) => row.map(withoutMark))).toEqual(expect.arrayContaining(some))
})

it('it names the versions that are tried', () => {
  for (const [i, cell] of head.slice(2).entries()) {
    const manifest = path.join(root, 'node_modules', names[i + 1] as string, 'package.json')
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
    expect(cell).toBe(`${names[i + 1]} ${version.split('.')[0]}`)
  }
})

const MARK = /[¹²³]$/
const withoutMark = (cell: string) => cell.replace(MARK, '')

it.each(rows)('%s', async (feature, ...cells) => {
  const tried: string[] = []
  // One after the other: some move the clock
  for (const name of names) {
    const does = FEATURES[feature]
    const open = STORES[name]
    const has = does && open && (await does((options = {}) => open(options), name))
    jest.useRealTimers()
    tried.push(has ? '✓' : '–')
  }
  expect(cells.map(withoutMark)).toEqual(tried)
})

it('each mark is of cells of one store that exclude each other', () => {
  const marked = rows.flatMap(([feature, ...cells]) =>
    cells.flatMap((cell, i) => (MARK.test(cell) ? [[cell.at(-1), names[i], feature]] : [])),
  )
  const exclusive = EXCLUSIVE.flatMap(({ mark, store, feature, others }) =>
    [feature, ...others].map((each) => [mark, store, each]),
  )
  expect(marked.sort()).toEqual(exclusive.sort())
})

describe.each(EXCLUSIVE)('$mark $store: $feature', ({ store, options, feature, others }) => {
  const tryWith = (name: string) =>
    FEATURES[name]?.((more = {}) => STORES[store]!({ ...options, ...more }), store)

  it('is there with the option that it needs', async () => {
    expect(await tryWith(feature)).toBe(true)
  })

  it.each(others)('excludes: %s', async (other) => {
    expect(await tryWith(other)).toBe(false)
  })
})
