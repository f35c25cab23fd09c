/** Starting the example app, being refused with a helpful line, and ending it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { Client } from '../support/example/client'
import { type Database, newDatabase } from '../support/example/database'
import { NotStarted, startExample } from '../support/example/start'
import { closedLater } from '../support/server'

let database: Database

beforeAll(async () => {
  database = await newDatabase()
})
afterAll(() => database?.close())

/** What it says, and its exit code; the addresses in it are left out where they differ. */
async function refusal(env: Record<string, string>): Promise<[string, number | null]> {
  const refused = await startExample({ ...database.env, ...env }).then(
    (example) => example.stop().then(() => undefined),
    (error) => error,
  )
  expect(refused).toBeInstanceOf(NotStarted)
  return [refused.output.trim(), refused.exitCode]
}

async function takenPort(): Promise<string> {
  const server = createServer((_request, response) => response.end('somebody else'))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  closedLater({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  })
  return `${(server.address() as AddressInfo).port}`
}

it('a port that another program has is named, with the command that takes the next one', async () => {
  const PORT = await takenPort()
  expect(await refusal({ PORT })).toEqual([
    `Port ${PORT} is taken by another program: PORT=${Number(PORT) + 1} npm run example`,
    1,
  ])
})

it('a second start says where the first one is', async () => {
  const first = await startExample(database.env)
  try {
    const { port } = new URL(first.address)
    expect(await refusal({ PORT: port })).toEqual([
      `The example runs already: http://localhost:${port}. For another one: PORT=${Number(port) + 1} npm run example`,
      1,
    ])
  } finally {
    await first.stop()
  }
})

it('a MongoDB that is not there is named, without its password, and what to do', async () => {
  const [output, exitCode] = await refusal({
    MONGODB_URI: 'mongodb://ada:secret@127.0.0.1:9/shop?serverSelectionTimeoutMS=100',
  })
  expect(output).toMatch(/^No MongoDB found.*\nCorrect MONGODB_URI, or unset it/m)
  expect(output).not.toContain('secret')
  expect(exitCode).toBe(1)
})

it.each([
  ['PORT', 'abc'],
  ['PORT', '65536'],
  ['SESSION_MAX_AGE', '1'],
])('%s=%s is refused by its name', async (name, value) => {
  const [output, exitCode] = await refusal({ [name]: value })
  expect(output).toMatch(new RegExp(`^${name} is "${value}", and has to be a whole number`))
  expect(exitCode).toBe(1)
})

/** The processes that the process has started, and theirs. */
function descendantsOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim()
  const pairs = lines.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const under = (parent: number): number[] =>
    pairs.flatMap(([child, its]) => (its === parent ? [child!, ...under(child!)] : []))
  return under(pid)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const canStartServer = process.platform !== 'win32' && !process.env.MONGODB_URI

;(canStartServer ? it : it.skip)(
  `Ctrl-C, even twice, ends it and the MongoDB that it has started, and leaves no file${
    canStartServer ? '' : ' [needs `ps`, and no MONGODB_URI]'
  }`,
  async () => {
    const TMPDIR = mkdtempSync(path.join(os.tmpdir(), 'example-'))
    try {
      const example = await startExample({ TMPDIR })
      const started = descendantsOf(example.child.pid!)
      expect(started.length).toBeGreaterThan(0)
      const first = new Client(example.address)
      await first.signUp('ada@example.org')
      expect((await first.get('/admin')).status).toBe(200) // as the first to sign up

      const events = first.get('/admin/events').catch(() => 'ended')
      example.child.kill('SIGINT')
      expect(await example.stop()).toBe(0)
      expect(await events).toBe('ended')
      expect(started.filter(isRunning)).toEqual([])
      expect(readdirSync(TMPDIR)).toEqual([])
    } finally {
      rmSync(TMPDIR, { recursive: true })
    }
  },
)
