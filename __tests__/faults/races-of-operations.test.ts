/** Operations on the same records by stores that know nothing of each other, as in several processes. */
import { withClock } from '../support/model/clock'
import { MongoDBStore, newStore, type Options, sessionData, uniqueName } from '../support/server'

type Data = Record<string, unknown>

const every: [string, Options][] = [
  ['batched', {}],
  ['not batched', { batch: false }],
  ['writing whole sessions', { writes: 'replace' }],
]
const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))
const sids = times(20, (i) => `sid${i}`)

/** Large enough that a mixture of two would show. */
const whole = (by: number) => ({ by, list: [by, by], nested: { by, text: String(by).repeat(100) } })

describe.each(every)('%s, stores of one collection', (_name, options) => {
  const stores = async (count = 2): Promise<MongoDBStore[]> => {
    const collection = uniqueName()
    return Promise.all(times(count, () => newStore({ ...options, collection }).ready()))
  }
  const pair = async () => (await stores()) as [MongoDBStore, MongoDBStore]
  const fill = (store: MongoDBStore) =>
    Promise.all(sids.map((sid) => store.set(sid, sessionData({ user: sid }))))
  const load = (store: MongoDBStore) =>
    Promise.all(sids.map(async (sid) => (await store.get(sid))!))
  const records = (store: MongoDBStore) => store.collection.countDocuments()

  it('that set one new sid 100 times at once make one record, entire, and no error', async () => {
    const five = await stores(5)
    const set = (i: number) => five[i % 5]!.set('a', sessionData({ value: whole(i) }))
    await Promise.all(times(100, set))
    const { value } = (await five[0]!.get('a')) as unknown as { value: { by: number } }
    expect(value).toEqual(whole(value.by))
    expect(await records(five[0]!)).toBe(1)
  })

  it('that change one key at once leave the whole value of one, and the other keys', async () => {
    const both = await pair()
    await both[0].set('a', sessionData({ user: 'ann', value: whole(0) }))
    const loaded = await Promise.all(times(20, (i) => both[i % 2]!.get('a')))
    await Promise.all(
      loaded.map((session, i) => {
        Object.assign(session!, { value: whole(i + 1) })
        return both[i % 2]!.set('a', session!)
      }),
    )
    const { user, value } = (await both[0].get('a')) as unknown as { user: string; value: Data }
    expect([user, value]).toEqual(['ann', whole(value.by as number)])
    expect(value.by).toBeGreaterThan(0)
  })

  it.each<[string, (store: MongoDBStore, sid: string, session: never) => Promise<void>]>([
    ['set', (store, sid, session) => store.set(sid, Object.assign(session, { late: true }))],
    ['touch', (store, sid, session) => store.touch(sid, session)],
  ])(
    'of which one destroys what another has loaded and will %s: it stays away',
    async (_m, write) => {
      const [one, two] = await pair()
      await fill(one)
      const loaded = await load(one)
      for (const session of loaded) session.cookie.expires = new Date(Date.now() + 120_000)
      await Promise.all(
        sids.flatMap((sid, i) => {
          const written = () => write(one, sid, loaded[i] as never)
          const destroyed = () => two.destroy(sid)
          return i % 2 ? [written(), destroyed()] : [destroyed(), written()]
        }),
      )
      expect(await records(one)).toBe(0)
    },
  )

  it('of which one destroys while another gets: it gets all or nothing, and brings none back', async () => {
    const [one, two] = await pair()
    await fill(one)
    const getting = Promise.all(sids.map((sid) => one.get(sid)))
    await Promise.all(sids.map((sid) => two.destroy(sid)))
    const loaded = await getting
    for (const [i, sid] of sids.entries()) {
      const session = loaded[i]
      if (!session) continue
      expect(session).toMatchObject({ user: sid, cookie: { path: '/' } })
      await one.set(sid, Object.assign(session, { late: true }))
    }
    expect(await records(one)).toBe(0)
  })

  it('of which one destroys what another sets anew: it is there entire, or not at all', async () => {
    const [one, two] = await pair()
    await fill(one)
    await Promise.all(
      sids.flatMap((sid, i) => [two.destroy(sid), one.set(sid, sessionData({ value: whole(i) }))]),
    )
    for (const [i, sid] of sids.entries()) {
      const session = (await two.get(sid)) as unknown as Data | null
      if (session) expect([session.user, session.value]).toEqual([undefined, whole(i)])
    }
  })

  it('of which one clears what another has loaded and will set: all of it stays away', async () => {
    const [one, two] = await pair()
    await fill(one)
    const loaded = await load(one)
    const setting = sids.map((sid, i) => one.set(sid, Object.assign(loaded[i]!, { late: true })))
    await Promise.all([two.clear(), ...setting])
    expect(await records(one)).toBe(0)
  })

  it('of which one touches what another changes keep the change', async () => {
    const [one, two] = await pair()
    await fill(one)
    const [changing, touching] = [await load(one), await load(two)]
    await Promise.all(
      sids.flatMap((sid, i) => {
        touching[i]!.cookie.expires = new Date(Date.now() + 120_000)
        const changed = Object.assign(changing[i]!, { value: whole(i) })
        return [one.set(sid, changed), two.touch(sid, touching[i]!)]
      }),
    )
    for (const [i, sid] of sids.entries()) {
      expect(await one.get(sid)).toMatchObject({ user: sid, value: whole(i) })
    }
  })

  it.each(['set', 'touch'] as const)(
    'of which one loads in the last millisecond of a session, and its %s comes after: it has expired',
    async (method) => {
      const [one, two] = await pair()
      await withClock(Date.now(), async (clock) => {
        await one.set('a', sessionData({ user: 'ann' }, 1000))
        clock.now += 999
        const session = (await two.get('a'))!
        clock.now += 1
        session.cookie.expires = new Date(clock.now + 1000)
        await two[method]('a', Object.assign(session, { late: true }))
        expect([await one.get('a'), await two.length(), await two.all()]).toEqual([null, 0, []])
      })
    },
  )
})
