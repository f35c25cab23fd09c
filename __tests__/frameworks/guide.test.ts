/** docs/frameworks.md: its code is that of the apps. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { blocksOf, excerpt, read } from '../support/excerpts'

const APPS = '__tests__/frameworks/apps'
const GUIDE = 'docs/frameworks.md'
const blocks = blocksOf(GUIDE)
const taken = blocks.filter(({ source }) => source)

it.each(taken)('the code of $source is that of the app', ({ source, code }) => {
  expect(code).toBe(excerpt(source as string))
})

it('each app is on the page', () => {
  const files = readdirSync(path.join(__dirname, 'apps')).map((file) => `${APPS}/${file}`)
  expect(taken.map(({ source }) => source?.split('#')[0]).sort()).toEqual(files.sort())
})

it('what is not of an app is one line', () => {
  for (const { source, code } of blocks) if (!source) expect(code.split('\n')).toHaveLength(1)
})

it('the README leads to it', () => {
  expect(read('README.md')).toContain(`](${GUIDE})`)
})
