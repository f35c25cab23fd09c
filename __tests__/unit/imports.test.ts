/** `npm run check:imports`: what it refuses, and what it lets pass, in a small house of its own. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT, read } from '../docs/support/pages'

const CLI = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

const HOUSE = {
  'src/index.mts': `import './index.js'`,
  'src/index.ts': `import './public'; export type { Options } from './options/options'`,
  'src/public.ts': `import './store'`,
  'src/store.ts': `import './lifecycle/start'; import './errors'`,
  'src/lifecycle/start.ts': `import './end'; import type { Options } from '../options/options'`,
  'src/lifecycle/end.ts': `export const end = 1`,
  'src/options/options.ts': `export interface Options { a: 1 }`,
  'src/errors.ts': `export const code = 1`,
  'bench/index.js': `require('../src/store'); require('./section')`,
  'bench/section.js': `/** @typedef {import('./context').Context} Context */`,
  'bench/context.js': `/** @typedef {{ names: string[] }} Context */`,
}

const BROKEN = {
  'src/payload/type.ts': `import type { Session } from '../sessions/session'`,
  'src/payload/typeof.ts': `export type Session = import('../sessions/session').Session`,
  'src/payload/later.ts': `export const load = () => import('../sessions/session')`,
  'src/sessions/session.ts': `export interface Session { a: 1 }`,
  'src/operations/faces.ts': `import '../index'`,
  'src/records/stray.ts': `import '../cellar/barrel'; import '../flat'`,
  'src/flat.ts': `export const flat = 1`,
  'src/cellar/barrel.ts': `export const barrel = 1`,
  'src/records/a.ts': `import { b } from './b'; export type A = typeof b`,
  'src/records/b.ts': `import type { A } from './a'; export const b = 1`,
  'example-app/src/a.ts': `import { b } from './b.js'; export const a = b`,
  'example-app/src/b.ts': `import { a } from './a.js'; export const b = a`,
  'soak/a.js': `exports.b = require('./b')`,
  'soak/b.js': `/** @type {import('./a')} */ exports.a = 1`,
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'imports-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the check of a folder with these files finds: each rule that is broken, and by which file. */
function check(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  const config = path.join(ROOT, '.dependency-cruiser.js')
  const folders = [...new Set(Object.keys(files).map((name) => name.replace(/\/.*/, '')))]
  const { status, stdout } = spawnSync(process.execPath, [CLI, '--config', config, ...folders], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  const broken = [...stdout.matchAll(/error (\S+): (\S+) →/g)].map(
    ([, rule, file]) => `${rule}: ${file}`,
  )
  return { status, broken: broken.sort(), text: stdout }
}

it('lets a module import from its own room and from the rooms below', () => {
  const { status, broken, text } = check(HOUSE)
  expect(broken).toEqual([])
  expect(status).toBe(0)
  // It has read them, in TypeScript and in JavaScript
  expect(text).toContain(`${Object.keys(HOUSE).length} modules, 11 dependencies cruised`)
})

it('refuses circles, imports from a room above, and an unknown one, of types as well', () => {
  const { status, broken } = check({ ...HOUSE, ...BROKEN })
  expect(status).toBeGreaterThan(0)
  expect(broken).toEqual([
    'no-circle: example-app/src/a.ts',
    'no-circle: soak/a.js',
    'no-circle: src/records/a.ts',
    'no-import-upwards-from-operations: src/operations/faces.ts',
    'no-import-upwards-from-payload: src/payload/later.ts',
    'no-import-upwards-from-payload: src/payload/type.ts',
    'no-import-upwards-from-payload: src/payload/typeof.ts',
    'no-unknown-room: src/records/stray.ts',
    'no-unknown-room: src/records/stray.ts',
  ])
})

it('is one of the checks', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const folders = 'src example-app local-mongodb bench soak matrix scripts __tests__'
  expect(scripts['check:imports']).toMatch(new RegExp(`^depcruise .*${folders}$`))
  expect(read('scripts/check.js')).toContain(`'npm run check:imports'`)
})
