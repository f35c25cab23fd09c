/** What an app gets: the packed tarball in projects of every module system and compiler setting. */
import { readFileSync } from 'node:fs'
import { cp, readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, posix, relative, sep } from 'node:path'
import { describeInFull, fullOrShort } from '../support/in-full'
import {
  emptyProject,
  jest as jestCommand,
  node,
  npm,
  type Packed,
  pack,
  project,
  repository,
  tsc,
  typescript,
  withCompilerOptions,
} from './consumer'

jest.setTimeout(480_000)

/** In the short form: the compiler's check of them takes most of the time. */
const WITHOUT_LIBRARIES = fullOrShort([], ['--skipLibCheck'])

const KEPT = 'all sessions kept\n'

let packed: Packed

beforeAll(async () => {
  packed = await pack()
})

afterAll(() => packed?.discard())

describe('the tarball', () => {
  test('holds the build, its sources, and the papers; nothing else', async () => {
    const files = await contents()
    const isPaper = /^(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/
    const isBuilt = /^dist\/[\w/-]+\.(js|mjs|d\.ts|d\.mts)(\.map)?$/
    const isSource = /^src\/[\w/-]+\.m?ts$/
    const isGuide = /^docs\/[\w-]+\.md$/
    const expected = [isPaper, isBuilt, isSource, isGuide]
    expect(files.filter((file) => !expected.some((is) => is.test(file)))).toEqual([])
    expect(files.filter((file) => isPaper.test(file)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ])
  })

  test('has every file that the manifest names', async () => {
    const files = await contents()
    const { main, types, exports } = manifest()
    const named = [main, types, ...targets(exports)].map((target) => posix.normalize(target))
    expect(named.length).toBeGreaterThan(6)
    expect(named.filter((file) => !files.includes(file))).toEqual([])
  })

  test('has every page that its messages and its types name', async () => {
    const files = await contents()
    const built = files.filter((file) => /^dist\/.*\.(js|mjs|d\.ts|d\.mts)$/.test(file))
    const texts = await Promise.all(built.map(read))
    const named = texts.flatMap((text) => text.match(/\b[\w/-]+\.md\b/g) ?? [])
    expect(named).toContain('docs/migration.md')
    expect(named.filter((page) => !files.includes(page))).toEqual([])
  })

  test('has the source that each source map names', async () => {
    const files = await contents()
    const maps = files.filter((file) => file.endsWith('.map'))
    expect(maps.length).toBeGreaterThan(0)
    for (const map of maps) {
      const { sources, sourceRoot } = JSON.parse(await read(map)) as SourceMap
      expect(sourceRoot ?? '').toBe('')
      for (const source of sources) {
        expect(files).toContain(posix.normalize(posix.join(posix.dirname(map), source)))
      }
    }
  })

  test('tells nothing of the machine that packed it', async () => {
    const telling = [repository, packed.workplace, join(homedir(), sep), 'file://']
    for (const file of await contents()) {
      const text = await read(file)
      expect({ file, tells: telling.filter((path) => text.includes(path)) }).toEqual({
        file,
        tells: [],
      })
    }
  })

  test('brings no dependencies of its own', () => {
    expect(manifest().dependencies).toBeUndefined()
  })
})

describe('with Mongoose 9', () => runsWith({}))
describeInFull('with Mongoose 8', () => runsWith({ mongoose: 'mongoose-8' }))

function runsWith(aliases: Record<string, string>): void {
  test('`require` gives the function, the class by name, and a class to extend', async () => {
    expect(await node(await project(packed, 'cjs', aliases), 'index.js')).toBe(KEPT)
  })

  test('`import` gives the same class as `require`', async () => {
    expect(await node(await project(packed, 'esm', aliases), 'index.js')).toBe(KEPT)
  })

  test('TypeScript knows `import connect, { MongoDBStore }` in an ES module', async () => {
    const directory = await project(packed, 'typescript-esm', aliases)
    await node(directory, tsc, ...WITHOUT_LIBRARIES)
    expect(await node(directory, 'index.js')).toBe(KEPT)
  })
}

describeInFull('in each setting', () => {
  test('TypeScript knows `import connect = require()`', async () => {
    const directory = await project(packed, 'typescript-require')
    await node(directory, tsc)
    expect(await node(directory, 'index.js')).toBe(KEPT)
  })

  test('a jest project without a transform requires it, started as docs/recipes.md has it', async () => {
    const recipes = await readFile(join(repository, 'docs/recipes.md'), 'utf8')
    const [, flag = ''] = /"node (--\S+) node_modules\/jest\/bin\/jest\.js"/.exec(recipes) ?? []
    await node(await project(packed, 'jest'), flag, jestCommand)
  })

  test.each([
    ['module node16', 'typescript-require', { module: 'node16' }],
    ['module node20', 'typescript-esm', { module: 'node20' }],
    ['moduleResolution bundler', 'typescript-interop', {}],
    [
      'moduleResolution node10',
      'typescript-interop',
      { moduleResolution: 'node10', ignoreDeprecations: '6.0' },
    ],
  ])('an app compiled with %s runs', async (_, fixture, options) => {
    const directory = await project(packed, fixture)
    await node(directory, tsc, '--project', await withCompilerOptions(directory, options))
    expect(await node(directory, 'index.js')).toBe(KEPT)
  })

  // Of its versions, 5 is the last that can do without `esModuleInterop`
  test.each([
    ['5.0.4', 'mongoose-8'],
    ['5.9.3', 'mongoose'],
  ])(
    'an app compiled with TypeScript %s, and without esModuleInterop, runs (needs the registry)',
    async (version, mongoose) => {
      const directory = await project(packed, 'typescript-no-interop', { mongoose })
      await node(directory, await typescript(packed, version))
      expect(await node(directory, 'index.js')).toBe(KEPT)
    },
  )

  // From 5.0 to 5.2 Mongoose 9 needs `skipLibCheck`, as its users know; Mongoose 8 does not
  test.each([
    ['5.0.4', 'Mongoose 9', { skipLibCheck: true }, {}],
    ['5.0.4', 'Mongoose 8', {}, { mongoose: 'mongoose-8' }],
    ['7.0.2', 'Mongoose 9', {}, {}],
  ])(
    'TypeScript %s with %s takes right use of the types, and no wrong use (needs the registry)',
    async (version, _, options, aliases: Record<string, string>) => {
      const directory = await project(packed, 'typescript-versions', aliases)
      const app = join(repository, '__tests__/types/app')
      // Which TypeScript knows from 5.2
      const isKnown = (file: string) => basename(file) !== 'disposable.ts'
      await cp(app, join(directory, 'app'), { recursive: true, filter: isKnown })
      const configuration = await withCompilerOptions(directory, {
        skipLibCheck: false,
        ...options,
      })
      await node(directory, await typescript(packed, version), '--project', configuration)
    },
  )

  test('the types fit an app that a bundler builds', async () => {
    const directory = await project(packed, 'typescript-esm')
    const options = { module: 'preserve', moduleResolution: 'bundler', noEmit: true }
    await node(directory, tsc, '--project', await withCompilerOptions(directory, options))
  })

  test('`npm install` from the registry gives a project that runs (needs the registry)', async () => {
    const directory = await emptyProject(packed, 'cjs')
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
    await npm(directory, 'install', ...quiet, packed.tarball, 'express-session', 'mongoose')
    await npm(directory, 'ls', '--all')
    expect(await node(directory, 'index.js')).toBe(KEPT)
  })

  test.each([5, 6, 7])(
    'says which Mongoose works where %i was forced in (needs the registry)',
    async (version) => {
      const directory = await emptyProject(packed, 'cjs')
      const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
      const peers = [`mongoose@${version}`, 'express-session']
      await npm(directory, 'install', '--legacy-peer-deps', ...quiet, packed.tarball, ...peers)
      const start = `
      const mongoose = require('mongoose')
      const { MongoDBStore } = require('express-mongoose-session')
      const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
      const connection = mongoose.createConnection()
      const model = mongoose.model('Session', schema)
      for (const options of [{}, { connection }, { connection: mongoose }, { model }]) {
        try { new MongoDBStore(options) } catch ({ code, message }) { console.log(code, message) }
      }`
      const told = (await node(directory, '-e', start)).trim().split('\n')
      expect(told).toHaveLength(4)
      for (const line of told) {
        expect(line).toMatch(/^ERR_MONGODB_STORE_MONGOOSE_VERSION .*Mongoose 8\.16/)
        expect(line).toContain(`found ${version}.`)
      }
    },
  )
})

interface Manifest {
  main: string
  types: string
  exports: Targets
  dependencies?: object
}

type Targets = string | { [condition: string]: Targets }

interface SourceMap {
  sources: string[]
  sourceRoot?: string
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(packed.contents, 'package.json'), 'utf8')) as Manifest
}

function targets(of: Targets): string[] {
  return typeof of === 'string' ? [of] : Object.values(of).flatMap(targets)
}

/** The tarball's files, with slashes on every system. */
async function contents(): Promise<string[]> {
  const entries = await readdir(packed.contents, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(packed.contents, entry.parentPath), entry.name))
    .map((path) => path.split(sep).join('/'))
}

function read(file: string): Promise<string> {
  return readFile(join(packed.contents, file), 'utf8')
}
