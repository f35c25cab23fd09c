/** Runs the example app as a person does: as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const directory = path.join(__dirname, '../../../example-app')

export interface Example {
  readonly address: string
  /** All that it has printed. */
  readonly output: () => string
  /** Ends it as Ctrl-C does; resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  readonly child: ChildProcess
}

/** What a person sees who starts it and is refused. */
export class NotStarted extends Error {
  constructor(
    readonly output: string,
    readonly exitCode: number | null,
  ) {
    super(`the example ended with ${exitCode}:\n${output}`)
  }
}

export function spawnExample(env: Record<string, string>) {
  return spawn(process.execPath, ['--enable-source-maps', 'dist/server.js'], {
    cwd: directory,
    env: { ...process.env, NODE_ENV: '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** @throws NotStarted */
export async function startExample(env: Record<string, string>): Promise<Example> {
  const child = spawnExample(env)
  const ended = once(child, 'close') as Promise<[number | null]>
  let output = ''
  const address = new Promise<string>((resolve) => {
    const hear = (text: Buffer) => {
      output += text
      const found = /^(http:\S+) · /m.exec(output)
      if (found) resolve(found[1] as string)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
  })
  const refused = ended.then(([code]) => {
    throw new NotStarted(output, code)
  })
  refused.catch(() => {})
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal)
    return (await ended)[0]
  }
  return { address: await Promise.race([address, refused]), output: () => output, stop, child }
}
