/** Sessions with a codec that several processes write. */
import { MongoDBStore, newStore, type Options, sessionData, uniqueName } from '../support/server'

type Data = Record<string, unknown> & { cookie: { originalMaxAge: number; expires: Date } }

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
