/** docs/typescript.md: what its examples say of types holds at run time. */
import session from 'express-session'
import { MongoDBStoreError } from '../../src/errors'
import {
  closedLater,
  type MongoDBStore,
  newStore,
  sessionData,
  uniqueName,
} from '../support/server'
import { examplesOf, StoreThatIsClosed } from './support/examples'
import { newMongoose } from './support/shop'
import type * as Surroundings from './surroundings/typescript'

const page = examplesOf<typeof Surroundings>('docs/typescript.md')

interface Ran {
  readonly mongoose: typeof Surroundings.mongoose
  /** What the example has declared. */
  readonly [name: string]: unknown
}

async function run(heading: string, given: object = {}, index = 0): Promise<Ran> {
  const mongoose = await newMongoose()
  const MongoDBStore = StoreThatIsClosed as typeof Surroundings.MongoDBStore
  const all = { mongoose, MongoDBStore, sid: uniqueName('sid'), ...given }
  return { mongoose, ...(await page.run(heading, all, index)) }
}

/** A session that is in the store's collection already. */
async function stored(data: object, record: object = {}) {
  const mongoose = await newMongoose()
  const sid = uniqueName('sid')
  const { cookie } = sessionData() as session.SessionData
  const sessions = mongoose.connection.collection<{ _id: string }>('sessions')
  await sessions.insertOne({
    ...{ _id: sid, session: { cookie: { ...cookie }, ...data }, expires: cookie.expires },
    ...record,
  })
  return sid
}

it('What a session holds: for the store as for `req.session`', async () => {
  const sid = await stored({ userId: 'ada' })
  expect(await run('What a session holds', { sid })).toMatchObject({ userId: 'ada' })
})

it('What a session holds: more in one store', async () => {
  const sid = await stored({ page: '/admin' })
  const { page, visits } = await run('What a session holds', { sid }, 1)
  expect(page).toBe('/admin')
  await (visits as MongoDBStore).set(sid, { cookie: new session.Cookie() })
  const record = await (visits as MongoDBStore).model.findById(sid)
  expect(+(record?.expires ?? 0)).toBeGreaterThan(Date.now() + 3_500_000)
})

it('Fields from the schema: those of the schema', async () => {
  const other = await newMongoose()
  const team = new other.Types.ObjectId()
  const theirs = await stored({}, { userId: 'ada' })
  const ours = await stored({}, { team, userId: 'bob' })
  const given = await run('Fields from the schema', { team })
  expect(given.record).toMatchObject({ _id: ours, userId: 'bob' })
  expect(await (given.store as MongoDBStore).get(theirs)).toBeNull()
})

it('Fields of a store that is passed on: whoever works with the store ends a user', async () => {
  const given = await run('Fields of a store that is passed on')
  const [store, logins] = [
    given.store as MongoDBStore,
    given.logins as { end(id: string): unknown },
  ]
  const sid = uniqueName('sid')
  await store.set(sid, sessionData({ userId: 'ada' }))
  expect(await logins.end('ada')).toBe(1)
  expect(await store.get(sid)).toBeNull()
  expect(store.options.touchAfter).toBe(60_000)
})

it('A model of your own: its statics', async () => {
  const { online } = await run('A model of your own')
  expect(online).toEqual(expect.any(Number))
})

it('Events: each with what its listeners are given', async () => {
  const store = newStore() as unknown as typeof Surroundings.store
  await run('Events', { store })
  const said = (['log', 'warn', 'error'] as const).map((how) => {
    return jest.spyOn(console, how).mockReturnValue()
  })
  const error = new MongoDBStoreError('ERR_MONGODB_STORE_GET', 'it failed')
  store.emit('connected')
  store.emit('warning', error)
  store.emit('error', error)
  const calls = said.map((each) => each.mock.calls)
  for (const each of said) each.mockRestore()
  expect(calls).toEqual([[['connected']], [[error.code]], [[error.code]]])
})

it("Events: express-session's own, through its type", async () => {
  const store = newStore() as unknown as typeof Surroundings.store
  const heard = jest.fn()
  const anyStore: session.Store = store
  anyStore.on('disconnect', heard)
  await run('Events', { store }, 1)
  expect(heard).toHaveBeenCalledTimes(1)
})

it("Subclasses and mocks: an override with express-session's own signature", async () => {
  const audit = jest.fn()
  const given = await run('Subclasses and mocks', { audit })
  const AuditedStore = given.AuditedStore as new (options: object) => MongoDBStore
  const store = closedLater(new AuditedStore({ connection: given.mongoose.connection }))
  await new Promise((resolve) => store.destroy('a sid', resolve))
  expect(audit).toHaveBeenCalledWith('a sid')
  await expect((given.store as MongoDBStore).get('a sid')).rejects.toThrow('closed')
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
