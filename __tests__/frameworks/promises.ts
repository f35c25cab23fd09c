/** What an app may rely on in every framework, asked over HTTP. */
import type { Gate } from '../support/app'
import type { MongoDBStore } from '../support/server'
import type { Visitor } from '../support/visitor'

export const SECRET = 'thirty-two characters, or some more'

/**
 * An app with the routes of the guide, and with these of the test, which answer with the session:
 * `POST /set/:key/:value`, `POST /delete/:key`, and `POST /slow/set/:key/:value`, which waits at the
 * gate. The requests have a body.
 */
export interface RunningApp {
  readonly store: MongoDBStore
  readonly gate: Gate
  newVisitor(): Visitor
}

const BODY = { a: 'body' }

export function keepsThePromises(start: () => Promise<RunningApp>, count = '/'): void {
  const visit = async () => {
    const app = await start()
    return { ...app, visitor: app.newVisitor() }
  }

  it('a visitor is remembered from one request to the next', async () => {
    const { visitor, newVisitor } = await visit()
    expect(await visitor.json(count)).toMatchObject({ views: 1 })
    expect(await visitor.json(count)).toMatchObject({ views: 2 })
    expect(await newVisitor().json(count)).toMatchObject({ views: 1 })
  })

  it('login gives the visitor a new sid, and ends the old one', async () => {
    const { store, visitor } = await visit()
    await visitor.json(count)
    const before = visitor.sid
    expect(await store.get(before)).toMatchObject({ views: 1 })
    await visitor.post('/login/ann')
    expect(visitor.sid).not.toBe(before)
    expect(await store.get(before)).toBeNull()
    expect(await store.get(visitor.sid)).toMatchObject({ user: 'ann' })
    expect(await visitor.json(count)).toMatchObject({ user: 'ann', views: 1 })
  })

  it('logout ends the session', async () => {
    const { store, visitor } = await visit()
    await visitor.post('/login/ann')
    const { sid } = visitor
    await visitor.post('/logout')
    expect(await store.get(sid)).toBeNull()
    expect(await visitor.json(count)).not.toHaveProperty('user')
  })

  it('two requests at once both keep their changes', async () => {
    const { store, visitor, gate } = await visit()
    await visitor.post('/login/ann')
    await visitor.post('/set/flash/hello', BODY)
    const slow = visitor.copy().post('/slow/set/one/1', BODY)
    await gate.arrival()
    await visitor.post('/set/two/2', BODY)
    await visitor.post('/delete/flash', BODY)
    gate.open()
    await slow
    const session = await store.get(visitor.sid)
    expect(session).toMatchObject({ user: 'ann', one: '1', two: '2' })
    expect(session).not.toHaveProperty('flash')
  })

  it('a logout during a slow request stays a logout', async () => {
    const { store, visitor, gate } = await visit()
    await visitor.post('/login/ann')
    const { sid } = visitor
    const slow = visitor.copy().post('/slow/set/late/yes', BODY)
    await gate.arrival()
    await visitor.post('/logout')
    gate.open()
    await slow
    expect(await store.model.countDocuments({ _id: sid })).toBe(0)
  })
}
