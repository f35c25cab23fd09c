/** Sessions that a framework makes by itself of what `get` gave it, without `createSession`. */
import { type MongoDBStore, newStore, sessionData } from '../support/server'

/** As @fastify/session's: a copy, of a class of its own. */
class ForeignSession {
  constructor(data: object) {
    Object.assign(this, data)
  }
}

/** Asks for the session as such a framework does, and goes on within the callback. */
const request = <T>(store: MongoDBStore, sid: string, serve: (data: object) => Promise<T>) =>
  new Promise<T>((resolve, reject) => {
    store.get(sid, (error, data) => {
      if (error || !data) reject(error ?? new Error('no session'))
      else serve(data).then(resolve, reject)
    })
  })

const stored = async () => {
  const store = newStore()
  await store.set('a', sessionData({ user: 'ann', flash: 'hello' }))
  return store
}

it('each is written by what changed since it was loaded itself', async () => {
  const store = await stored()
  await request(store, 'a', (first) =>
    request(store, 'a', async (second) => {
      const { flash: _, ...rest } = second as Record<string, unknown>
      await store.set('a', new ForeignSession({ ...rest, two: 2 }) as never)
    }).then(() => store.set('a', new ForeignSession({ ...first, one: 1 }) as never)),
  )
  const session = await store.get('a')
  expect(session).toMatchObject({ user: 'ann', one: 1, two: 2 })
  expect(session).not.toHaveProperty('flash')
})

it('one that was destroyed meanwhile stays away', async () => {
  const store = await stored()
  await request(store, 'a', async (data) => {
    await store.destroy('a')
    await store.set('a', new ForeignSession({ ...data, late: true }) as never)
  })
  expect(await store.get('a')).toBeNull()
})

it('one under another sid is a new session', async () => {
  const store = await stored()
  await request(store, 'a', (data) => store.set('b', new ForeignSession(data) as never))
  expect(await store.get('b')).toMatchObject({ user: 'ann' })
})

it('one of another store is a new session there', async () => {
  const [store, other] = [await stored(), newStore()]
  await request(store, 'a', (data) => other.set('a', new ForeignSession(data) as never))
  expect(await other.get('a')).toMatchObject({ user: 'ann' })
})

it('data that were put together by hand are no such session, wherever that was done', async () => {
  const store = await stored()
  await request(store, 'a', async () => {
    await store.destroy('a')
    await store.set('a', sessionData({ user: 'bob' }))
  })
  expect(await store.get('a')).toMatchObject({ user: 'bob' })
})

it('what is found outside of any request has no such origin', async () => {
  const store = await stored()
  await request(store, 'a', async () => {})
  await store.destroy('a')
  await store.set('a', new ForeignSession(sessionData({ user: 'bob' })) as never)
  expect(await store.get('a')).toMatchObject({ user: 'bob' })
})
