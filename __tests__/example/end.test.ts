/** Ending the example app, as Ctrl-C does: nothing is left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { copyRepository } from '../package/consumer'
import { Client } from '../support/example/client'
import { allEnded, descendantsOf, isRunning } from '../support/example/processes'
import { spawnExample, startExample } from '../support/example/start'
import { itInFull } from '../support/in-full'

async function freePort(): Promise<string> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `${port}`
}

/** Asks until somebody answers. */
async function answered(address: string): Promise<void> {
  while (!(await fetch(address).catch(() => undefined))) await setImmediate()
}

async function firstMatch(stream: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    const found = pattern.exec((text += part))
    if (found) {
      stream.resume()
      return found
    }
  }
  throw new Error(`it ended with:\n${text}`)
}

const canStartServer = process.platform !== 'win32' && !process.env.MONGODB_URI

/** With a directory for all temporary files, of which none may be left. */
function itLeavesNothing(
  name: string,
  body: (TMPDIR: string) => Promise<void>,
  {
    ms,
    test = it,
  }: { ms?: number; test?: (name: string, body: () => Promise<void>, ms?: number) => void } = {},
) {
  const run = async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'example-'))
    try {
      await body(directory)
      expect(readdirSync(directory)).toEqual([])
    } finally {
      rmSync(directory, { recursive: true })
    }
  }
  if (canStartServer) test(name, run, ms)
  else it.skip(`${name} [needs \`ps\`, and no MONGODB_URI]`, run)
}

itLeavesNothing(
  'it says where its sessions are; Ctrl-C, even twice, ends it and its MongoDB, and leaves no file',
  async (TMPDIR) => {
    const example = await startExample({ TMPDIR })
    const started = descendantsOf(example.child.pid!)
    expect(started.length).toBeGreaterThan(0)
    // And nothing of the servers that it looked for and did not find
    expect(example.output().trim().split('\n')).toEqual([
      'Who signs up first is the administrator',
      'SESSION_SECRET is not set: a restart signs everybody out',
      expect.stringMatching(
        /^http:\S+ · sessions in .*(mongod|imitates MongoDB).* · Ctrl-C ends it$/,
      ),
    ])
    const first = new Client(example.address)
    await first.signUp('ada@example.org')
    expect((await first.get('/admin')).status).toBe(200) // as the first to sign up

    const events = first.get('/admin/events').catch(() => 'ended')
    example.child.kill('SIGINT')
    expect(await example.stop()).toBe(0)
    expect(await events).toBe('ended')
    expect(started.filter(isRunning)).toEqual([])
  },
)

itLeavesNothing('Ctrl-C while it is about to start leaves nothing either', async (TMPDIR) => {
  const PORT = await freePort()
  const child = spawnExample({ TMPDIR, PORT })
  const ended = once(child, 'close')
  await answered(`http://127.0.0.1:${PORT}/who`) // the first that it does, before there is a MongoDB
  const started = descendantsOf(child.pid!)
  child.kill('SIGINT')
  expect(await ended).toEqual([0, null])
  await allEnded(started)
})

itLeavesNothing(
  'npm run example says that it builds, and starts it, and Ctrl-C in the terminal ends all that this has started',
  async (TMPDIR) => {
    // A copy, since other tests may be using what the repository's own build would replace
    const clone = path.join(TMPDIR, 'clone')
    await copyRepository(clone)
    const npm = spawn('npm', ['run', 'example'], {
      cwd: clone,
      env: { ...process.env, NODE_ENV: '', PORT: '0', TMPDIR },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // a process group of its own, as a terminal would make for it
    })
    const ended = once(npm, 'close')
    try {
      const said = /^Building .*\n(?:.*\n)*(http:\S+) · .*Ctrl-C ends it$/m
      const [, address] = await firstMatch(npm.stdout, said)
      const started = descendantsOf(npm.pid!)
      expect((await new Client(address!).get('/')).text).toContain('Good things to keep')
      process.kill(-npm.pid!, 'SIGINT') // to each process of the group, as a terminal does
      await ended
      await allEnded(started)
    } finally {
      if (isRunning(npm.pid!)) process.kill(-npm.pid!, 'SIGKILL')
    }
    rmSync(clone, { recursive: true })
  },
  { ms: 480_000, test: itInFull },
)
