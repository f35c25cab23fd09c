/** What the app says its sessions hold, and what follows from it; right and wrong use in pairs. */

import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    userId?: string
    cart?: string[]
  }
}

/** More than the app says of all its sessions. */
interface Visit extends session.SessionData {
  page: number
}

/** Compiled, never run. */
export async function use(request: { session: session.Session & session.SessionData }) {
  const store = new MongoDBStore({
    schema: { userId: String, items: Number },
    fields: ({ userId, cart }) => ({ userId, items: cart?.length }),
    expires: ({ userId }) => (userId ? 5000 : 1000),
  })
  // @ts-expect-error a session has no such key
  new MongoDBStore({ schema: { userId: String }, fields: ({ nobody }) => ({ userId: nobody }) })
  // @ts-expect-error a key of another type
  new MongoDBStore({ schema: { items: Number }, fields: ({ userId }) => ({ items: userId }) })
  // @ts-expect-error a session has no such key
  new MongoDBStore({ expires: ({ nobody }) => (nobody ? 5000 : 1000) })

  const found = await store.get('sid')
  const userId: string | undefined = found?.userId
  const cart: string[] | undefined = found?.cart
  // @ts-expect-error a key of another type
  const count: number | undefined = found?.cart
  // @ts-expect-error a session has no such key
  void found?.nobody
  store.get('sid', (_, each) => void each?.userId?.length)
  // @ts-expect-error a session has no such key
  store.get('sid', (_, each) => void each?.nobody)

  const { cookie } = request.session
  await store.set('sid', request.session)
  await store.set('sid', { cookie, userId: 'ada' })
  await store.touch('sid', { cookie, cart: ['tea'] })
  // @ts-expect-error a key of another type
  await store.set('sid', { cookie, userId: 5 })
  // @ts-expect-error a session has no such key
  await store.set('sid', { cookie, nobody: 'ada' })
  // @ts-expect-error a session has a cookie
  await store.set('sid', { userId: 'ada' })

  for (const each of await store.all()) void [each.id.length, each.userId?.length]
  for await (const each of store.sessions()) {
    void [each.id.length, each.cart?.length, each.expires?.getTime()]
  }
  // @ts-expect-error a session has no such key
  for (const each of await store.all()) void each.nobody
  // @ts-expect-error a session has no such key
  for await (const each of store.sessions()) void each.nobody

  const visits = new MongoDBStore<Visit>({ expires: ({ page, userId }) => (userId ? page : 1000) })
  // @ts-expect-error a visit has no such key
  new MongoDBStore<Visit>({ expires: ({ nobody }) => nobody })
  const page: number | undefined = (await visits.get('sid'))?.page
  const visitor: string | undefined = (await visits.get('sid'))?.userId
  // @ts-expect-error a visit has no such key
  void (await visits.get('sid'))?.nobody
  // @ts-expect-error a session of another store has no such key
  void (await store.get('sid'))?.page
  await visits.set('sid', { cookie, page: 1, userId: 'ada' })
  // @ts-expect-error a visit has a page
  await visits.set('sid', { cookie, userId: 'ada' })

  void [userId, cart, count, page, visitor]
}
