/** Code on a page that is taken from tested code, between `// #region name` and `// #endregion`. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(__dirname, '../..')

/** A block of code on a page, and its source by the line above. */
export interface Block {
  readonly language: string
  readonly code: string
  /** `path/of/file.ts#name`, as in `<!-- excerpt: path/of/file.ts#name -->` */
  readonly source: string | undefined
}

const FENCED = /(?:<!-- excerpt: (\S+) -->\n+)?```(\w*)\n([\s\S]*?)\n```/g
const REGION = /^ *\/\/ #region (\S+)\n([\s\S]*?)\n *\/\/ #endregion$/gm

/** @param page path from the repository's root */
export function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(FENCED)].map(([, source, language = '', code = '']) => ({
    language,
    code,
    source,
  }))
}

/** The code that `path/of/file.ts#name` names, without its indentation. */
export function excerpt(source: string): string {
  const [file, name] = source.split('#') as [string, string]
  const found = [...read(file).matchAll(REGION)].find((region) => region[1] === name)
  if (!found) throw new Error(`${file} has no region ${name}`)
  return withoutIndentation(found[2] as string)
}

function withoutIndentation(code: string): string {
  const lines = code.split('\n')
  const indented = lines.filter((line) => line.trim() !== '')
  const indentation = Math.min(...indented.map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indentation)).join('\n')
}

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}
