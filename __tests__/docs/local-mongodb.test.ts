/** local-mongodb/README.md: what its examples start is there, and goes. */
import { type DurableServer, findDurableServer, type LocalMongoDB } from 'local-mongodb'
import mongoose from 'mongoose'
import { describeWithDurableServer } from '../support/durable-server'
import { examplesOf } from './support/examples'

const page = examplesOf<typeof import('./surroundings/local-mongodb')>('local-mongodb/README.md')

const answers = (uri: string) =>
  mongoose.createConnection(uri, { serverSelectionTimeoutMS: 500 }).asPromise()

it('local-mongodb: a server, what it is, and what it can do', async () => {
  const { server } = (await page.run('local-mongodb')) as { server: LocalMongoDB }
  expect(server).toMatchObject({
    uri: expect.stringMatching(/^mongodb/),
    description: expect.stringMatching(/\d/),
  })
  if (!process.env.MONGODB_URI) await expect(answers(server.uri)).rejects.toThrow()
}, 60_000)

describeWithDurableServer('a server to kill', () => {
  it('is killed, comes back, and goes', async () => {
    const { server } = (await page.run('A server to kill', {
      findDurableServer: () => findDurableServer({ mongod: process.env.TEST_MONGOD }),
    })) as { server: DurableServer }
    await expect(answers(server.uri)).rejects.toThrow()
  }, 60_000)

  it('every example of the page is run', () => {
    expect(page.notRun()).toEqual([])
  })
})
