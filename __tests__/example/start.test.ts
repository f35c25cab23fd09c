/** Starting the example app, and being refused with a helpful line. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '../support/example/client'
import { type Database, newDatabase } from '../support/example/database'
import { NotStarted, startExample } from '../support/example/start'
import { itInFull } from '../support/in-full'
import { closedLater, uniqueName } from '../support/server'

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

it.each([
  ['none', undefined],
  ['a short one', 'secret'],
  ['a short one among several', `${'x'.repeat(32)},secret`],
])('in production %s as SESSION_SECRET is refused, with how to come by one', async (_, secret) => {
  const SESSION_SECRET = secret ?? ''
  const [output, exitCode] = await refusal({ NODE_ENV: 'production', SESSION_SECRET })
  expect(output).toMatch(/^In production SESSION_SECRET has to be set, .*: openssl rand -hex 32$/m)
  expect(output).not.toContain('x'.repeat(32))
  expect(exitCode).toBe(1)
})

itInFull('a new SESSION_SECRET in front of the old one signs nobody out', async () => {
  const [old, next] = ['a'.repeat(32), 'b'.repeat(32)]
  const first = await startExample({ ...database.env, SESSION_SECRET: old })
  const client = new Client(first.address)
  await client.signUp(`${uniqueName('ada')}@example.org`)
  await first.stop()
  const { port: PORT } = new URL(first.address)
  const second = await startExample({ ...database.env, PORT, SESSION_SECRET: `${next}, ${old}` })
  expect((await client.get('/devices')).status).toBe(200) // with a cookie by the new one
  await second.stop()
  const third = await startExample({ ...database.env, PORT, SESSION_SECRET: next })
  try {
    expect((await client.get('/devices')).status).toBe(200)
  } finally {
    await third.stop()
  }
})
