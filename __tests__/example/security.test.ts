/** What the example app refuses and never tells, asked over HTTP. */
import { createHash } from 'node:crypto'
import { Client } from '../support/example/client'
import { type Database, newDatabase } from '../support/example/database'
import { PASSWORD } from '../support/example/person'
import { type Example, startExample } from '../support/example/start'
import { uniqueName } from '../support/server'

let database: Database
let example: Example

beforeAll(async () => {
  database = await newDatabase()
  example = await startExample(database.env)
})

afterAll(async () => {
  await example?.stop()
  await database?.close()
})

const newEmail = () => `${uniqueName('somebody')}@example.org`
const newClient = () => new Client(example.address)

async function newUser(name?: string) {
  const email = newEmail()
  const client = newClient()
  await client.signUp(email, name)
  return { client, email }
}

it('signing in gives the session a new id, and what was planted before is worth nothing', async () => {
  const { email } = await newUser()
  const [victim, attacker] = [newClient(), newClient()]
  await attacker.post('/cart/add', { product: 'tea' })
  victim.take(attacker)
  await victim.post('/sign-in', { email, password: PASSWORD })
  expect(victim.sid).not.toBe(attacker.sid)
  expect((await attacker.get('/devices')).status).toBe(303)
  expect((await victim.get('/devices')).status).toBe(200)
  expect((await victim.get('/')).text).toContain('One Mountain tea fewer')
})

it('signing out ends the session for whoever has its id', async () => {
  const { client } = await newUser()
  const copy = newClient()
  copy.take(client)
  await client.post('/sign-out')
  expect((await copy.get('/devices')).status).toBe(303)
})

it.each([
  ['of another site, by its fetch metadata', { 'Sec-Fetch-Site': 'cross-site' }],
  ['of another host under the same domain', { 'Sec-Fetch-Site': 'same-site' }],
  ['of another site, by its origin', { Origin: 'https://evil.example' }],
  ['of a page without an origin', { Origin: 'null' }],
])('a form %s is refused, and changes nothing', async (_, headers) => {
  const { client } = await newUser()
  expect((await client.post('/sign-out', {}, headers)).status).toBe(403)
  expect((await client.get('/devices')).status).toBe(200)
})

it.each([
  ['by its fetch metadata', () => ({ 'Sec-Fetch-Site': 'same-origin' })],
  ['by its origin', () => ({ Origin: example.address })],
])("a form of the app's own is taken, %s", async (_, headers) => {
  const { client } = await newUser()
  expect((await client.post('/sign-out', {}, headers() as never)).status).toBe(303)
})

it('no page shows a session id, whoever looks at it', async () => {
  const { client, email } = await newUser()
  await database.makeAdmin(email)
  const { client: other } = await newUser()
  expect([client.sid, other.sid]).toEqual([expect.stringMatching(/.{32}/), expect.any(String)])
  for (const path of ['/', '/devices', '/race', '/inside', '/admin', '/admin/sessions']) {
    const { status, text } = await client.get(path)
    expect([path, status]).toEqual([path, 200])
    for (const { sid } of [client, other]) expect(text).not.toContain(sid.slice(0, 12))
  }
})

it("nobody signs out another user's device, or sees the page of an administrator", async () => {
  const { client: ada, email } = await newUser()
  const { client: mallory } = await newUser()
  await database.makeAdmin(email)
  const session = createHash('sha256').update(ada.sid).digest('hex').slice(0, 16)
  expect((await ada.get('/admin')).text).toContain(`data-session="${session}"`)
  await mallory.post('/devices/sign-out', { session })
  expect((await mallory.get('/devices')).text).toContain('That device was signed out already.')
  expect((await mallory.post('/admin/end', { session })).status).toBe(403)
  expect((await ada.get('/devices')).status).toBe(200)
  for (const path of ['/admin', '/admin/sessions', '/admin/events']) {
    expect([path, (await mallory.get(path)).status]).toEqual([path, 403])
    expect([path, (await newClient().get(path)).status]).toEqual([path, 303])
  }
})

it('what somebody calls themselves is text on every page, and no markup', async () => {
  const { client, email } = await newUser('<img src=x onerror=alert(1)>')
  await database.makeAdmin(email)
  for (const path of ['/', '/admin']) {
    const { text } = await client.get(path)
    expect(text).toContain('&#60;img src=x')
    expect(text).not.toContain('<img')
  }
})

it('pages come with a strict policy, are not stored, and static files set no cookie', async () => {
  const { headers } = await newClient().get('/')
  expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'self';/)
  expect(headers.get('Content-Security-Policy')).not.toContain('unsafe')
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(headers.get('X-Powered-By')).toBeNull()
  expect(headers.getSetCookie()).toEqual([])
  expect((await newClient().get('/base.css')).headers.getSetCookie()).toEqual([])
})

it('a second account with the same email is refused, however it is written', async () => {
  const { email } = await newUser()
  const form = { name: 'Eve', email: email.toUpperCase(), password: PASSWORD }
  const { status, text } = await newClient().post('/sign-up', form)
  expect([status, text.includes('There is an account with this email.')]).toEqual([422, true])
})

it('passwords are stored as hashes, and too short or too long ones are refused', async () => {
  const { email } = await newUser()
  const user = await database.connection.collection('users').findOne({ email })
  expect(JSON.stringify(user)).not.toContain(PASSWORD)
  for (const password of ['123456789', 'x'.repeat(73)]) {
    const form = { name: 'Eve', email: newEmail(), password }
    expect((await newClient().post('/sign-up', form)).status).toBe(422)
  }
})

it('behind a proxy with https the cookie is for https alone, and for this host', async () => {
  const SESSION_SECRET = 'a secret that is long enough for it'
  const env = { ...database.env, NODE_ENV: 'production', SESSION_SECRET }
  const production = await startExample(env)
  try {
    const client = new Client(production.address)
    const proxied = { 'X-Forwarded-Proto': 'https' }
    const { headers } = await client.post('/cart/add', { product: 'tea' }, proxied)
    expect(headers.get('Set-Cookie')).toMatch(
      /^__Host-larder=.*; Path=\/; .*; HttpOnly; Secure; SameSite=Lax$/,
    )
  } finally {
    await production.stop()
  }
})

// The last, for all come from one address
it('after ten wrong passwords the eleventh try is not looked at', async () => {
  const { client, email } = await newUser()
  const tries = []
  for (let i = 0; i < 11; i++) {
    tries.push((await client.post('/sign-in', { email, password: 'wrong' })).status)
  }
  expect(tries).toEqual([...Array(10).fill(401), 429])
})
