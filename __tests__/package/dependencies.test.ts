/** What the package brings along, and what it stands on. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import ts from 'typescript'

const root = path.join(__dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

it('has no dependency of its own', () => {
  expect(manifest.dependencies).toBeUndefined()
  expect(manifest.optionalDependencies).toBeUndefined()
  expect(manifest.bundleDependencies).toBeUndefined()
})

it('stands on Mongoose and express-session, and on nothing else', () => {
  expect(manifest.peerDependencies).toEqual({
    'express-session': '^1.17.0',
    mongoose: '^8.16.0 || ^9.0.0',
  })
  expect(manifest.peerDependenciesMeta).toBeUndefined()
})

it('runs no script where it is installed', () => {
  const scripts = Object.keys(manifest.scripts)
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
    expect(scripts).not.toContain(hook)
  }
})

it('requires what it says, and modules of Node', () => {
  const known = new Set(['mongoose', 'express-session', ...builtinModules])
  const dist = path.join(root, 'dist')
  const required = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?js$/.test(file))
    .flatMap((file) => {
      const source = readFileSync(path.join(dist, file), 'utf8')
      const { importedFiles } = ts.preProcessFile(source, true, true)
      return importedFiles.map(({ fileName }) => fileName.replace(/^node:/, ''))
    })
    .filter((name) => !name.startsWith('.'))
  expect(required).toContain('mongoose')
  expect(required.filter((name) => !known.has(name))).toEqual([])
})
