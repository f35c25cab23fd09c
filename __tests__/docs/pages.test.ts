/** Every page: its examples compile and are run, or it says why not, and its links lead somewhere. */
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

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
  return text.trim().replaceAll(' ', '-')
}

const anchorsOn = (page: string) =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading as string))

/** In the text alone: code has brackets of its own. */
function linksOn(page: string): string[] {
  const text = read(page)
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/src(?:set)?="([^"]+)"/g)]
  return targets.map(([, target]) => target as string).filter((each) => !/^\w+:/.test(each))
}

it.each([...pages.filter((page) => !isGenerated(page)), 'CONTRIBUTING.md', 'SECURITY.md'])(
  '%s: each link leads to a file, and to a heading, that exists',
  (page) => {
    const broken = linksOn(page).filter((link) => {
      const [file, anchor] = link.split('#') as [string, string?]
      const target = file === '' ? page : path.join(path.dirname(page), file)
      if (!existsSync(path.join(ROOT, target))) return true
      return anchor !== undefined && !anchorsOn(target).includes(anchor)
    })
    expect(broken).toEqual([])
  },
)

it('a link to a heading that does not exist is found', () => {
  expect(linksOn('README.md')).toContain('docs/scaling.md#replica-sets')
  expect(anchorsOn('docs/scaling.md')).toContain('replica-sets')
  expect(anchorsOn('docs/scaling.md')).not.toContain('no-such-heading')
})
