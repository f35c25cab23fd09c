/** docs/models.md: its hook does what it says. Its tables and lists are held to by integration/middleware. */
import mongoose, { Schema } from 'mongoose'
import { newConnection, newStore, sessionData, uniqueName } from '../support/server'
import { examplesOf } from './support/examples'
import type * as Surroundings from './surroundings/models'

const page = examplesOf<typeof Surroundings>('docs/models.md')

it('What a hook finds in an update: who is logged in, of a new session and of one that changed', async () => {
  const schema = new Schema(
    { _id: String, session: mongoose.Schema.Types.Mixed, expires: Date, lastUser: String },
    { minimize: false, autoIndex: false },
  )
  await page.run('What a hook finds in an update', { schema: schema as never })
  const connection = await newConnection()
  const model = connection.model('Visit', schema, uniqueName())
  const store = newStore({ model })
  const lastUser = async () => (await model.findById('a'))?.lastUser
  await store.set('a', sessionData({ user: 'ada' }))
  expect(await lastUser()).toBe('ada')
  const session = (await store.get('a')) as unknown as { user?: string }
  delete session.user
  await store.set('a', session as never)
  expect(await lastUser()).toBe('ada')
  session.user = 'bob'
  await store.set('a', session as never)
  expect(await lastUser()).toBe('bob')
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
