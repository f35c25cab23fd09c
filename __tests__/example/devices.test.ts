/** The page of a user's devices in the example app. */
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

async function twoDevices(): Promise<[Client, Client]> {
  const [phone, laptop] = [new Client(example.address), new Client(example.address)]
  const email = `${uniqueName('somebody')}@example.org`
  await phone.signUp(email)
  await laptop.post('/sign-in', { email, password: PASSWORD })
  return [phone, laptop]
}

it('a device that is signed out from another hears of it, and the other does not', async () => {
  const [phone, laptop] = await twoDevices()
  const heard: string[] = []
  const hearing = phone.get('/devices/events').then(({ text }) => heard.push(`phone: ${text}`))
  laptop.get('/devices/events').then(
    ({ text }) => heard.push(`laptop: ${text}`),
    () => {},
  )
  // The stream is open once its session is asked for again
  expect((await phone.get('/devices')).status).toBe(200)
  expect((await laptop.post('/devices/sign-out-others')).status).toBe(303)
  await hearing
  expect(heard).toEqual(['phone: event: ended\ndata:\n\n'])
  expect((await phone.get('/devices')).status).toBe(303)
  expect((await laptop.get('/devices')).status).toBe(200)
})

it('without a session there is nothing to hear', async () => {
  expect((await new Client(example.address).get('/devices/events')).status).toBe(303)
})
