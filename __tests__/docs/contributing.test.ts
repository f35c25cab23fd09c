/** CONTRIBUTING.md: its tree has everything that there is, and its commands exist. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ROOT, read } from './support/pages'

const page = read('CONTRIBUTING.md')
const tree = /```\n(src\/\n[\s\S]*?)```/.exec(page)?.[1] ?? ''
const words = new Set(tree.split(/[\s():]+/))

/** What is in the folder of the repository, folders with a slash at the end; what is built is not. */
function entriesOf(folder: string): string[] {
  const files = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '.'],
    {
      cwd: path.join(ROOT, folder),
      encoding: 'utf8',
    },
  )
  const names = files.trim().split('\n')
  return [...new Set(names.map((name) => name.replace(/\/.*/, '/')))].sort()
}

const isClone = existsSync(path.join(ROOT, '.git'))

;(isClone ? it : it.skip).each(['.', 'src', '__tests__'])(
  'the tree has all that is in %s',
  (folder) => {
    const isMissing = (name: string) => !words.has(name) && !words.has(name.replace(/\/$/, ''))
    const ours = entriesOf(folder).filter((name) => name !== 'tsconfig.json')
    expect(ours.length).toBeGreaterThan(5)
    expect(ours.filter(isMissing)).toEqual([])
  },
)

it('the tree has no file that is gone', () => {
  const files = [...words].filter((word) => /^[\w-]+\.m?ts$/.test(word))
  expect(files.length).toBeGreaterThan(4)
  expect(files.filter((file) => !existsSync(path.join(ROOT, 'src', file)))).toEqual([])
})

it('each command is one of package.json, and each that it has to run is told of', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const told = [...page.matchAll(/(?:^|`)npm (?:run )?([\w:]+)/gm)].map(
    ([, name]) => name as string,
  )
  const ofNpm = ['ci', 'login', 'publish']
  expect(told.filter((name) => !scripts[name] && !ofNpm.includes(name))).toEqual([])
  // The checks are part of `npm run check`, and the build is of most
  const parts = /^(build|lint|typecheck|check:\w+|prepack)$/
  const own = Object.keys(scripts).filter((name) => !parts.test(name))
  expect(own.filter((name) => !told.includes(name))).toEqual([])
})
