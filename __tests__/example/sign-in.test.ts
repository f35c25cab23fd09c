/** Signing in and up to the example app: what is taken from a request, where it leads, how often one may try. */
import { Client } from '../support/example/client'
import { type Database, newDatabase } from '../support/example/database'
import { PASSWORD } from '../support/example/person'
import { type Example, startExample } from '../support/example/start'
import { uniqueName } from '../support/server'

let database: Database
let example: Example

beforeAll(async () => {
  database = await newDatabase()
  // Behind a proxy, which says from where somebody comes
  const SESSION_SECRET = 'a secret that is long enough for it'
  example = await startExample({ ...database.env, NODE_ENV: 'production', SESSION_SECRET })
})

afterAll(async () => {
  await example?.stop()
  await database?.close()
})

const newEmail = () => `${uniqueName('somebody')}@example.org`

/** Somebody on a machine of their own. */
function newClient(): Client {
  const address = `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}`
  return new Client(example.address, {
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-For': address,
  })
}

async function newUser() {
  const email = newEmail()
  const client = newClient()
  await client.signUp(email)
  return { client, email }
}

describe('where signing in leads', () => {
  let email: string
  beforeAll(async () => {
    ;({ email } = await newUser())
  })

  async function leadsTo(client: Client) {
    const { status, headers } = await client.post('/sign-in', { email, password: PASSWORD })
    return [status, headers.get('Location')]
  }

  it('to the page that asked for it', async () => {
    const client = newClient()
    const { status, headers } = await client.get('/devices?all=1')
    expect([status, headers.get('Location')]).toEqual([303, '/sign-in'])
    expect(await leadsTo(client)).toEqual([303, '/devices?all=1'])
  })

  it.each([
    ['the event stream of a page', '/admin/events', { Accept: 'text/event-stream' }],
    ['what a script fetches', '/admin/sessions', { Accept: '*/*' }],
    ['what a script fetches as HTML', '/admin/sessions', { 'Sec-Fetch-Mode': 'cors' }],
  ])('never to %s, which is told that nobody is signed in', async (_, path, headers) => {
    const client = newClient()
    expect((await client.get(path, headers)).status).toBe(401)
    expect(client.sid).toBe('') // no session is made for it
    expect(await leadsTo(client)).toEqual([303, '/'])
  })

  it('never to another site, whatever the address of the request was', async () => {
    const client = newClient()
    await client.get('http://evil.example/devices')
    expect(await leadsTo(client)).toEqual([303, '/'])
  })
})

describe('what is no email and password', () => {
  it.each([
    ['an email twice', 'email=a&email=b&password=c'],
    ['a password twice', `email=ada@example.org&password=a&password=b`],
    ['nothing', ''],
  ])('%s is refused as a wrong one is', async (_, form) => {
    const { status, text } = await newClient().post('/sign-in', form)
    expect([status, text.includes('No account has this email and password.')]).toEqual([401, true])
  })

  it('is in the address, where logs would keep it', async () => {
    const { email } = await newUser()
    const query = new URLSearchParams({ email, password: PASSWORD })
    expect((await newClient().post(`/sign-in?${query}`)).status).toBe(401)
  })
})

describe('the number of tries', () => {
  it('is limited for an account, though each comes from somewhere else', async () => {
    const { email } = await newUser()
    const tries = []
    for (let i = 0; i < 21; i++) {
      const written = i % 2 ? email : ` ${email.toUpperCase()}`
      tries.push((await newClient().post('/sign-in', { email: written, password: 'x' })).status)
    }
    expect(tries).toEqual([...Array(20).fill(401), 429])
    const { email: another } = await newUser()
    const form = { email: another, password: PASSWORD }
    expect((await newClient().post('/sign-in', form)).status).toBe(303)
  })

  it('is limited for sign-ups from one place, whether they succeed or not', async () => {
    const client = newClient()
    await client.signUp(newEmail())
    await client.post('/sign-out')
    for (let i = 1; i < 30; i++) {
      expect((await client.post('/sign-up', { email: newEmail() })).status).toBe(422)
    }
    const form = { name: 'Ada', email: newEmail(), password: PASSWORD }
    expect((await client.post('/sign-up', form)).status).toBe(429)
  }, 240_000)
})
