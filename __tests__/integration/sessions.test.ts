/** `sessions`: the live sessions that match, by a cursor. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { hugeServer } from '../support/huge-server'
import { fullOrShort } from '../support/in-full'
import { newStore, next, sessionData } from '../support/server'
import { filled, idsOf } from '../support/sessions-by-user'

/** As many as show by the memory whether they are held. */
const ENDLESS = fullOrShort(100_000, 20_000)

/** Bytes that are held, without what could be collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe.each([
  ['batched', {}],
  ['each as itself', { batch: false as const }],
])('sessions, %s', (_, options) => {
  it('gives every live session with its id and its data', async () => {
    const store = await filled(options)
    const found = []
    for await (const session of store.sessions()) found.push(session)
    found.sort((a, b) => a.id.localeCompare(b.id))
    expect(found).toMatchObject([
      { id: 'ada 1', user: 'ada', device: 'phone', cookie: { path: '/' } },
      { id: 'ada 2', user: 'ada', device: 'laptop' },
      { id: 'bob 1', user: 'bob' },
    ])
  })

  it('gives each its own end, with a `maxAge` or without, and also where its data have that name', async () => {
    const store = newStore(options)
    const inAMinute = new Date(Date.now() + 60_000)
    const cookie = { originalMaxAge: 60_000, expires: inAMinute, path: '/' }
    await store.set('a', { cookie, expires: 'mine', id: 'mine' } as never)
    await store.set('b', sessionData({}, null))
    await store.set('c', sessionData())
    await store.collection.updateOne({ _id: 'c' as never }, { $unset: { expires: '' } })
    const ends: Record<string, unknown> = {}
    for await (const { id, expires } of store.sessions()) ends[id] = expires
    const record = await store.collection.findOne({ _id: 'b' as never })
    expect(record?.expires).toBeInstanceOf(Date)
    expect(ends).toEqual({ a: inAMinute, b: record?.expires, c: null })
    expect(await store.get('a')).toMatchObject({ expires: 'mine', id: 'mine' })
    expect((await store.all()).find(({ id }) => id === 'a')).toMatchObject({ expires: 'mine' })
  })

  it('gives those that match a field, a key of the session, or the id', async () => {
    const store = await filled(options)
    expect(await idsOf(store.sessions({ userId: 'ada' } as never))).toEqual(['ada 1', 'ada 2'])
    expect(await idsOf(store.sessions({ 'session.device': 'phone' }))).toEqual(['ada 1'])
    expect(await idsOf(store.sessions({ _id: { $in: ['bob 1', 'over'] } }))).toEqual(['bob 1'])
  })

  it('sees what was set before it, also where nobody has awaited that', async () => {
    const store = await filled(options)
    const setting = store.set('new', sessionData())
    expect(await idsOf(store.sessions())).toContain('new')
    await setting
  })

  it('can be left before the end', async () => {
    const store = await filled(options)
    for await (const { id } of store.sessions()) {
      expect(id).toEqual(expect.any(String))
      break
    }
    expect(await store.length()).toBe(3)
  })
})

it('sessions leaves out a record that cannot be read, with a warning', async () => {
  const store = await filled()
  await store.collection.insertOne({
    _id: 'odd' as never,
    session: 5,
    expires: new Date(Date.now() + 9e4),
  })
  const warning = next<Error & { code: string }>(store, 'warning')
  expect(await idsOf(store.sessions())).toEqual(['ada 1', 'ada 2', 'bob 1'])
  expect(await warning).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
})

it.each([
  ['all of them', undefined],
  ['those that match', { 'session.filling': { $ne: '' } }],
])(
  'sessions goes through any number of %s with a cursor, in constant memory',
  async (_, filter) => {
    const server = await hugeServer({ records: ENDLESS, filling: 'x'.repeat(500) })
    const store = newStore({ uri: server.uri })
    let [count, first, most] = [0, 0, 0]
    for await (const session of store.sessions(filter)) {
      // Not `expect`, which takes longer than all the rest
      if (session.id !== `session ${count}`) throw new Error(`${session.id} in place of ${count}`)
      if (++count % (ENDLESS / 10) !== 0) continue
      first ||= heapInUse()
      most = Math.max(most, heapInUse())
    }
    expect(count).toBe(ENDLESS)
    // All of them at once take more than 1000 bytes each
    expect(most - first).toBeLessThan(10e6)
  },
  240_000,
)
