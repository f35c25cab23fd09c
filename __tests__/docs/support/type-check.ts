/** What the compiler has to say about the examples, against the package as it was built. */
import path from 'node:path'
import ts from 'typescript'
import { fileOf, moduleOf } from './modules'
import { type Example, ROOT } from './pages'

/** The faults, each with its page and line. JavaScript is taken as an editor takes it: loosely. */
export function faultsOf(examples: readonly Example[]): string[] {
  return (['js', 'ts'] as const).flatMap((language) => {
    const ofThis = examples.filter((example) => example.language === language)
    return ofThis.length > 0 ? faultsIn(ofThis, language === 'ts') : []
  })
}

function faultsIn(examples: readonly Example[], strict: boolean): string[] {
  const options = { ...compilerOptions(), strict }
  const modules = new Map(examples.map((example) => [fileOf(example), example]))
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => modules.has(file) || fileExists.call(host, file)
  host.getSourceFile = (file, ...rest) => {
    const example = modules.get(file)
    if (!example) return getSourceFile.call(host, file, ...rest)
    return ts.createSourceFile(file, moduleOf(example), rest[0])
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  return [...modules].flatMap(([file, { page, line, code }]) => {
    const source = program.getSourceFile(file)
    const last = line + code.split('\n').length
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const at = line + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
      const message = ts.flattenDiagnosticMessageText(messageText, '\n')
      return `${page}:${Math.min(at, last)}: ${message}`
    })
  })
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  // Without them, the package's own name leads to `dist` and not to `src`
  const { rootDir: _, outDir: __, ...others } = config.compilerOptions
  const settings = {
    ...others,
    noEmit: true,
    declaration: false,
    declarationMap: false,
    exactOptionalPropertyTypes: false,
    lib: ['esnext'],
  }
  return ts.convertCompilerOptionsFromJson(settings, ROOT).options
}
