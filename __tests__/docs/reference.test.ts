/** docs/api: what TypeDoc makes of the TSDoc comments, without a warning. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { itInFull } from '../support/in-full'
import { ROOT } from './support/pages'

const typedoc = path.join(ROOT, 'node_modules/typedoc/bin/typedoc')

function filesIn(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => path.join(parentPath, name)).sort()
  return new Map(paths.map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')]))
}

itInFull(
  'documents everything public, and is up to date; `npm run docs` writes it',
  async () => {
    const out = mkdtempSync(path.join(tmpdir(), 'reference-'))
    try {
      // Fails where something has no comment, or a link leads nowhere: see typedoc.json
      const args = [typedoc, '--logLevel', 'Warn', '--out', out]
      await promisify(execFile)(process.execPath, args, { cwd: ROOT })
      expect(filesIn(path.join(ROOT, 'docs/api'))).toEqual(filesIn(out))
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  },
  240_000,
)

it('names each export, each option and each method of the package', () => {
  const pages = [...filesIn(path.join(ROOT, 'docs/api')).values()].join('\n')
  const names = publicNames()
  expect(names.length).toBeGreaterThan(30)
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(pages))).toEqual([])
})

/** Read from the sources without types, which is what takes TypeDoc its time. */
function publicNames(): string[] {
  const typesOf = (file: string, isOne: (node: ts.Node) => boolean) => {
    const text = readFileSync(path.join(ROOT, 'src', file), 'utf8')
    return ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements.filter(isOne)
  }
  const members = [
    ...typesOf('store.ts', ts.isClassDeclaration),
    ...typesOf('options/options.ts', ts.isInterfaceDeclaration),
  ].flatMap((node) => [...(node as ts.ClassDeclaration | ts.InterfaceDeclaration).members])
  return members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []))
}
