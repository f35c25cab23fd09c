/** Codecs that do not answer, and sessions with a codec that several processes write. */
import { MongoDBStore, newStore, type Options, sessionData, uniqueName } from '../support/server'
import { isInTime, LIMITS } from '../support/wire-faults'

type Data = Record<string, unknown> & { cookie: { originalMaxAge: number; expires: Date } }

const never = () => new Promise<never>(() => {})

describe.each(['encode', 'decode'] as const)('a codec whose `%s` never settles', (method) => {
  it('holds up its session no longer than any operation may take, and `close` neither', async () => {
    let isStuck = false
    const step = async (value: unknown) => {
      if (!isStuck) return value
      isStuck = false
      return never()
    }
    const plain = (value: unknown) => value
    const codec = { encode: plain, decode: plain, [method]: step }
    const store = newStore({ codec, connectionOptions: LIMITS } as Options)
    await store.ready()
    await store.set('a', sessionData({ n: 1 }))
    isStuck = true
    const operation = method === 'encode' ? store.set('a', sessionData({ n: 2 })) : store.get('a')
    const following = store.get('a')
    const ending = Promise.allSettled([operation, following, store.close()])
    expect(await isInTime(ending)).toBe(true)
    const [stuck, next] = await ending

    expect(stuck).toMatchObject({ reason: { message: expect.stringContaining(`\`${method}\``) } })
    if (method === 'decode') expect(next).toMatchObject({ value: { n: 1 } })
  })
})

describe.each<[string, Options]>([
  [
    'a codec',
    { codec: { encode: (data) => JSON.stringify(data), decode: (text) => JSON.parse(`${text}`) } },
  ],
  ['encryption', { encryption: { secrets: 'a secret of more than 32 characters' } }],
])('with %s', (_name, options) => {
  it('a touch with other settings of the cookie keeps what another process has set', async () => {
    const collection = uniqueName()
    const stores = [1, 2].map(() => newStore({ ...options, collection, awaitTouch: true }))
    const [one, two] = (await Promise.all(stores.map((store) => store.ready()))) as [
      MongoDBStore,
      MongoDBStore,
    ]
    for (let i = 0; i < 30; i++) {
      const sid = `sid${i}`
      await one.set(sid, sessionData({ n: 0 }))
      const changed = (await one.get(sid)) as unknown as Data
      const touched = (await two.get(sid)) as unknown as Data
      changed.n = 1
      Object.assign(touched.cookie, {
        originalMaxAge: 500_000,
        expires: new Date(Date.now() + 500_000),
      })
      await Promise.all([two.touch(sid, touched as never), one.set(sid, changed as never)])
      expect([i, await two.get(sid)]).toMatchObject([i, { n: 1 }])
    }
  })
})
