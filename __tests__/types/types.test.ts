/** Compiles apps of their own, since what one file says of express-session's types holds for all. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { node, tsc } from '../package/consumer'

it('right use of the types compiles, and wrong use does not', async () => {
  await node(path.join(__dirname, 'app'), tsc, '--project', '.')
}, 240_000)

it('a wrong option is one error, at the option, and says what is wrong with it', () => {
  const file = path.join(__dirname, 'wrong/options.ts')
  const expected = [...readFileSync(file, 'utf8').matchAll(/\/\/ (\d+) at `(.+)`: (.+)\n(.+)\n/g)]
  expect(expected.length).toBeGreaterThan(10)
  const faults = faultsIn(file)
  expect(faults).toHaveLength(expected.length)
  for (const [i, [, code, at, says, line]] of expected.entries()) {
    expect(faults[i]).toMatchObject({ line, code: Number(code), at })
    expect(faults[i]?.says).toContain(says)
  }
})

interface Fault {
  readonly line: string
  readonly code: number
  /** The name or the value that is underlined. */
  readonly at: string
  readonly says: string
}

function faultsIn(file: string): Fault[] {
  const onUnRecoverableConfigFileDiagnostic = (fault: ts.Diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, '\n'))
  }
  const config = path.join(path.dirname(file), 'tsconfig.json')
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic }
  const { options } = ts.getParsedCommandLineOfConfigFile(config, {}, host) ?? {}
  const program = ts.createProgram([file], options as ts.CompilerOptions)
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start = 0, ...fault }) => {
    const text = source?.text ?? ''
    return {
      line: text.slice(text.lastIndexOf('\n', start) + 1, text.indexOf('\n', start)),
      code: fault.code,
      at: text.slice(start, start + (fault.length ?? 0)),
      says: ts.flattenDiagnosticMessageText(fault.messageText, '\n'),
    }
  })
}
