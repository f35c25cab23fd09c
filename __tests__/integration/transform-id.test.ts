/** Session ids that are not in the database: the records have what the option `transformId` makes of them. */
import { createHash } from 'node:crypto'
import { newApp } from '../support/app'
import { newStore, type Options, sessionData, uniqueName } from '../support/server'

const hash = (sid: string) => createHash('sha256').update(sid).digest('hex')
const transformId = jest.fn(hash)
beforeEach(() => transformId.mockClear())

const FORMS: [string, Options][] = [
  ['a store', {}],
  ['one that batches nothing', { batch: false }],
  ['one with another idField', { idField: 'sid' }],
  ['one with encryption', { encryption: { secrets: 'a secret of more than 32 characters' } }],
]

describe.each(FORMS)('%s', (_name, options) => {
  const start = () => newStore({ ...options, transformId } as Options)

  it('has records whose ids are the results, and takes the ids of cookies', async () => {
    const store = start()
    await store.set('a', sessionData({ views: 1 }))
    const [record] = await store.collection.find().toArray()
    expect(record![options.idField ?? '_id']).toBe(hash('a'))
    expect(JSON.stringify(record)).not.toContain('"a"')
    expect(await store.get('a')).toMatchObject({ views: 1 })
    expect(await store.get(hash('a'))).toBeNull()
    await store.touch('a', sessionData({}, 500_000))
    await store.destroy('a')
    expect(await store.get('a')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it('asks once for each operation', async () => {
    const store = start()
    await store.ready()
    await Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, sessionData())))
    await store.get('a')
    await store.touch('b', sessionData())
    await store.destroy('c')
    expect(transformId.mock.calls.flat()).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
  })

  it('gives the ids of the records in lists, which `idOf` gives as well', async () => {
    const store = start()
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData({ user: 'ada' }))))
    const listed: string[] = []
    for await (const { id } of store.sessions()) listed.push(id)
    expect(listed.sort()).toEqual(['a', 'b'].map((sid) => store.idOf(sid)).sort())
    expect((await store.all()).map(({ id }) => id).sort()).toEqual(listed)
    const idField = (options.idField ?? '_id') as '_id'
    const others = { 'session.user': 'ada', [idField]: { $ne: store.idOf('a') } }
    if (!options.encryption) {
      expect(await store.destroyMany(others)).toBe(1)
      expect(await store.get('a')).toMatchObject({ user: 'ada' })
      expect(await store.get('b')).toBeNull()
    }
  })
})

it('serves an app, whose login, merging and logout are as ever', async () => {
  const store = newStore({ transformId } as Options)
  const app = await newApp(store)
  const visitor = app.newVisitor()
  await visitor.json('/login/ada')
  expect(await store.collection.findOne()).toMatchObject({ _id: hash(visitor.sid) })
  const slow = visitor.json('/slow/set/a/1')
  await app.gate.arrival()
  await visitor.json('/set/b/2')
  app.gate.open()
  await slow
  expect(await visitor.json('/look')).toMatchObject({ user: 'ada', a: '1', b: '2' })
  const late = visitor.copy().json('/slow/set/a/3')
  await app.gate.arrival()
  await visitor.json('/logout')
  app.gate.open()
  await late
  expect(await store.length()).toBe(0)
})

it('`fields` gets the id of the cookie', async () => {
  const store = newStore({
    transformId,
    schema: { cookieId: String },
    fields: (_session: object, sid: string) => ({ cookieId: sid }),
  } as Options)
  await store.set('a', sessionData())
  expect(await store.collection.findOne()).toMatchObject({ _id: hash('a'), cookieId: 'a' })
})

it('reads what connect-mongo has stored with the same function', async () => {
  const collection = uniqueName()
  const store = newStore({ transformId, collection } as Options)
  const session = JSON.stringify(sessionData({ views: 3 }))
  const record = { _id: hash('a'), session, expires: new Date(Date.now() + 60_000) }
  await store.collection.insertOne(record as never)
  expect(await store.get('a')).toMatchObject({ views: 3 })
})

it.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('secret')
    },
  ],
  ['gives nothing', () => undefined],
  ['gives an empty text', () => ''],
  ['gives a promise', async () => 'a'],
  ['gives half of a surrogate pair', () => '\ud800'],
])('a function that %s fails the operation, and sends nothing', async (_what, wrong) => {
  const store = newStore({ transformId: wrong } as never)
  const error = await store.get('a').catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_SID' })
  expect((error as Error).message).toContain('`transformId`')
  expect((error as Error).message).not.toContain('secret')
  expect(() => store.idOf('a')).toThrow(error as Error)
})

it('`idOf` gives the session id itself without the option, and refuses what is none', () => {
  const store = newStore()
  expect(store.idOf('a')).toBe('a')
  expect(() => store.idOf('')).toThrow(expect.objectContaining({ code: 'ERR_MONGODB_STORE_SID' }))
  expect(() => newStore({ transformId: 'sha256' } as never)).toThrow(
    /`transformId` must be a function/,
  )
})
