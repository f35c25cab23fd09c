/** Every example on every page: it compiles, and something runs it or the page says why not. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  allPages,
  examplesInReference,
  examplesOn,
  excerpt,
  isGenerated,
  ROOT,
  read,
} from './support/pages'
import { faultsOf } from './support/type-check'

const pages = allPages()
const examples = pages.filter((page) => !isGenerated(page)).flatMap(examplesOn)
const at = ({ page, line }: { page: string; line: number }) => `${page}:${line}`
const those = (how: string) => examples.filter((example) => example.how === how)

it('each example says in the comment above it how it is tested, or why it is not run', () => {
  expect(examples.filter(({ how }) => how === undefined).map(at)).toEqual([])
  expect(
    those('not run')
      .filter(({ what }) => !what.includes(' '))
      .map(at),
  ).toEqual([])
  expect(examples.length).toBeGreaterThan(20)
})

it('the examples that are run compile against the built package', () => {
  expect(faultsOf(those('run'))).toEqual([])
})

it('the examples of the API reference compile against the built package', () => {
  expect(examplesInReference().length).toBeGreaterThan(10)
  expect(faultsOf(examplesInReference())).toEqual([])
})

it.each([...new Set(those('run').map(({ page }) => page))])(
  '%s has a test that runs all',
  (page) => {
    // A README by its folder
    const { dir, name: file } = path.parse(page)
    const name = file === 'README' && dir !== '' ? dir : file.toLowerCase()
    const test = read(`__tests__/docs/${name}.test.ts`)
    expect(test.includes(page)).toBe(true)
    expect(/expect\(\w+\.notRun\(\)\)\.toEqual\(\[\]\)/.test(test)).toBe(true)
  },
)

it('an example that is an excerpt of tested code is the same as that', () => {
  for (const { code, what, ...example } of those('excerpt')) {
    expect([at(example), code]).toEqual([at(example), excerpt(what)])
  }
})

it('an example that another test runs is on a page that this test reads', () => {
  for (const { page, what } of those('tested')) {
    expect(existsSync(path.join(ROOT, what))).toBe(true)
    expect(read(what)).toContain(page)
  }
})
