/** The code on the pages, and what the comment above each block says of how it is tested. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.join(__dirname, '../../..')

/** A block of JavaScript or TypeScript on a page. */
export interface Example {
  /** Named from the repository's root. */
  readonly page: string
  /** The heading that it stands under. */
  readonly heading: string
  readonly language: 'js' | 'ts'
  readonly code: string
  /** The number of the line that opens it. */
  readonly line: number
  /** How it is tested: `run`, `excerpt`, `tested` or `not run`; undefined where nothing says. */
  readonly how: string | undefined
  /** The surroundings that it is run in, the file that tests it, or why it is not run. */
  readonly what: string
}

const LANGUAGES: Record<string, 'js' | 'ts' | undefined> = {
  ...{ js: 'js', javascript: 'js', mjs: 'js', cjs: 'js', jsx: 'js' },
  ...{ ts: 'ts', typescript: 'ts', mts: 'ts', cts: 'ts', tsx: 'ts' },
}

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}

/** Whether `npm run docs` writes it. */
export function isGenerated(page: string): boolean {
  return page.startsWith('docs/api/')
}

/** Folders that are no part of the package, and have a README.md. */
const FOLDERS = ['bench', 'example-app', 'local-mongodb', 'soak']

/** Every README.md, and every page in docs/. */
export function allPages(): string[] {
  const files = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const pages = files.filter((file) => file.endsWith('.md')).sort()
  return [
    'README.md',
    ...FOLDERS.map((folder) => `${folder}/README.md`),
    ...pages.map((page) => `docs/${page.split(path.sep).join('/')}`),
  ]
}

export function examplesOn(page: string): Example[] {
  const lines = read(page).split('\n')
  const examples: Example[] = []
  let heading = ''
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    heading = /^#+ (.*)/.exec(line)?.[1] ?? heading
    const [, indentation, fence, language] = /^(\s*)(`{3,}|~{3,})\s*(\w*)/.exec(line) ?? []
    if (fence === undefined) continue
    const end = lines.findIndex((each, j) => j > i && each.trim() === fence)
    if (end < 0) throw new Error(`${page}:${i + 1}: a block of code without an end`)
    const known = LANGUAGES[(language as string).toLowerCase()]
    if (known) {
      const code = lines.slice(i + 1, end).map((each) => each.slice(indentation?.length))
      examples.push({
        ...{ page, heading, language: known, code: code.join('\n'), line: i + 1 },
        ...markerOver(lines, i),
      })
    }
    i = end
  }
  return examples
}

/** Those of the TSDoc comments; what else the API reference has, in TypeScript, are signatures. */
export function examplesInReference(): Example[] {
  const examples = allPages().filter(isGenerated).flatMap(examplesOn)
  const own = examples.filter(({ language }) => language === 'js')
  return own.map((example) => ({ ...example, what: 'reference' }))
}

/** Of the comment next above the block. */
function markerOver(lines: readonly string[], opening: number): Pick<Example, 'how' | 'what'> {
  const above = lines.slice(0, opening).findLast((line) => line.trim() !== '')
  const [, how, what = ''] =
    /^\s*<!-- (run|excerpt|from|tested|not run): (.*) -->$/.exec(above ?? '') ?? []
  return { how: how === 'from' ? 'excerpt' : how, what }
}

const REGION = /^ *\/\/ #region (\S+)\n([\s\S]*?)\n *\/\/ #endregion$/gm

/** The code that `path/of/file.ts#region` names, without its indentation; without a region the file. */
export function excerpt(source: string): string {
  const [file, region] = source.split('#') as [string, string?]
  const text = read(file)
  if (region === undefined) return text.trimEnd()
  const found = [...text.matchAll(REGION)].find(([, name]) => name === region)
  if (!found) throw new Error(`${file} has no region ${region}`)
  const lines = (found[2] as string).split('\n')
  const indentation = Math.min(...lines.filter((each) => each.trim()).map((s) => s.search(/\S/)))
  return lines.map((line) => line.slice(indentation)).join('\n')
}
