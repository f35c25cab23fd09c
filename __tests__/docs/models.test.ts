/** docs/models.md: its hook does what it says. Its tables and lists are held to by integration/middleware. */
import mongoose, { Schema } from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  newStore,
  serverHas,
  sessionData,
  uniqueName,
} from '../support/server'
import { examplesOf } from './support/examples'
import type * as Surroundings from './surroundings/models'

const page = examplesOf<typeof Surroundings>('docs/models.md')

it('Indexes: what the schema declares stays where it is', async () => {
  const { schema } = (await page.run('Indexes', { mongoose })) as { schema: Schema }
  expect(schema.indexes()).toMatchObject([[{ expires: 1 }, { expireAfterSeconds: 0 }]])
  if (!serverHas('ttlIndex')) return
  schema.set('autoCreate', false) // not every server has the command
  const connection = await newConnection()
  const model = connection.model('Visit', schema, uniqueName())
  await model.init()
  const warnings: unknown[] = []
  const store = newStore({ model })
  store.on('warning', (warning) => warnings.push(warning))
  await store.ready()
  expect(await model.cleanIndexes()).toEqual([])
  expect(await model.collection.indexes()).toMatchObject([{}, { expireAfterSeconds: 0 }])
  expect(warnings).toEqual([])
})

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

it('Fields that are removed: those that a logout leaves undefined, and none of the app', async () => {
  const connection = await newConnection()
  const { Mixed } = mongoose.Schema.Types
  const schema = new Schema(
    { _id: String, session: Mixed, expires: Date, userId: String, device: String, tenant: String },
    { minimize: false, autoIndex: false },
  )
  const model = connection.model('Visit', schema, uniqueName())
  const given = { MongoDBStore, model: model as never }
  const { store } = (await page.run('Fields that are removed', given)) as { store: MongoDBStore }
  closedLater(store)
  await store.set('a', sessionData({ userId: 'ada', device: 'phone' }))
  await model.updateOne({ _id: 'a' }, { tenant: 'one' })
  const session = (await store.get('a')) as unknown as { userId?: string; device?: string }
  delete session.userId
  delete session.device
  await store.set('a', session as never)
  const { userId, device, tenant } = (await model.findById('a').lean())!
  expect([userId, device, tenant]).toEqual([undefined, undefined, 'one'])
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
