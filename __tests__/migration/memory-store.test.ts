/** From express-session's MemoryStore to ours, as docs/migration.md has it. */
import session from 'express-session'
import { closedLater, type MongoDBStore, uniqueName, uri } from '../support/server'
import { ann, openWith, secret } from './shop'

const steps = require('./steps/memory-store')

it('who was logged in on MemoryStore logs in once more, and stays so over restarts', async () => {
  const collection = uniqueName()
  const restarted = () =>
    openWith((app) => {
      closedLater(steps.after({ app, session, secret, uri, collection }) as MongoDBStore)
    })
  const before = await openWith((app) => steps.before({ app, session, secret }))
  const old = await ann(before)
  expect(await old.json('/me')).toMatchObject({ user: 'ann', type: 'string' })

  const visitor = (await restarted()).welcome(old)
  expect(await visitor.json('/me')).not.toHaveProperty('user')
  await visitor.json('/login/ann')
  const later = (await restarted()).welcome(visitor)
  expect(await later.json('/me')).toMatchObject({ user: 'ann', type: 'Date' })
})
