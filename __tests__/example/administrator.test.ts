/** Who becomes an administrator of the example app, and that their open page keeps nobody signed in. */
import { Client } from '../support/example/client'
import { type Database, newDatabase } from '../support/example/database'
import { type Example, startExample } from '../support/example/start'
import { itIfServerHas, uniqueName } from '../support/server'

const PRODUCTION = { NODE_ENV: 'production', SESSION_SECRET: 'a secret that is long enough for it' }
const HTTPS = { 'X-Forwarded-Proto': 'https' }

let database: Database
let example: Example | undefined

beforeEach(async () => {
  database = await newDatabase()
})
afterEach(async () => {
  await example?.stop()
  example = undefined
  await database?.close()
})

const newEmail = () => `${uniqueName('somebody')}@example.org`

async function rolesOf(...emails: string[]): Promise<unknown[]> {
  const users = database.connection.collection('users')
  const found = await Promise.all(emails.map((email) => users.findOne({ email })))
  return found.map((user) => user?.role)
}

itIfServerHas('databases', 'of two who sign up first at once one is it', async () => {
  example = await startExample(database.env)
  const emails = [newEmail(), newEmail(), newEmail()]
  await Promise.all(emails.map((email) => new Client(example!.address).signUp(email)))
  expect((await rolesOf(...emails)).sort()).toEqual(['admin', 'customer', 'customer'])
})

itIfServerHas('databases', 'in production nobody is it who just signs up', async () => {
  example = await startExample({ ...database.env, ...PRODUCTION })
  expect(example.output()).not.toContain('Who signs up first')
  const email = newEmail()
  await new Client(example.address, HTTPS).signUp(email)
  expect(await rolesOf(email)).toEqual(['customer'])
})

it('ADMIN_EMAIL names who is it, once there is such an account', async () => {
  const [email, other] = [newEmail(), newEmail()]
  const env = { ...database.env, ...PRODUCTION, ADMIN_EMAIL: email.toUpperCase() }
  example = await startExample(env)
  expect(example.output()).toContain('ADMIN_EMAIL has no account yet: sign up, and start once more')
  for (const each of [email, other]) await new Client(example.address, HTTPS).signUp(each)
  expect(await rolesOf(email, other)).toEqual(['customer', 'customer'])
  await example.stop()

  example = await startExample(env)
  expect(example.output()).not.toContain('ADMIN_EMAIL')
  expect(await rolesOf(email, other)).toEqual(['admin', 'customer'])
})

it('what the open page asks for by itself does not make the session last longer', async () => {
  example = await startExample(database.env)
  const client = new Client(example.address)
  const email = newEmail()
  await client.signUp(email)
  await database.makeAdmin(email)
  const end = new Date(Date.now() + 60_000)
  await database.connection
    .collection<{ _id: string }>('sessions')
    .updateOne({ _id: client.sid }, { $set: { expires: end, 'session.cookie.expires': end } })

  const answer = await client.get('/admin/sessions', { Accept: '*/*' })
  expect([answer.status, answer.text.includes('data-session')]).toEqual([200, true])
  expect((await database.sessionsOf(email)).map(({ expires }) => expires)).toEqual([end])
  expect((await client.get('/admin')).status).toBe(200)
  const [record] = await database.sessionsOf(email)
  expect(record?.expires.getTime()).toBeGreaterThan(end.getTime())
})

it('a session is found by its name, which has an index, to be ended', async () => {
  example = await startExample(database.env)
  const client = new Client(example.address)
  const email = newEmail()
  await client.signUp(email)
  const [record] = await database.sessionsOf(email)
  const { text } = await client.get('/inside')
  expect(record).toMatchObject({ name: expect.stringMatching(/^[0-9a-f]{16}$/) })
  expect(text).toContain((record as unknown as { name: string }).name)
  // They are made in the background
  const sessions = database.connection.collection('sessions')
  while (!(await sessions.indexExists('name_1')));
})
