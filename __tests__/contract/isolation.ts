/** Rules about isolation: no two sessions, requests or objects share data. */
import assert from 'node:assert/strict'
import { rule, sessionOf } from './rule'

export const isolationRules = [
  rule('two gets of one sid give two objects', async (store) => {
    await store.set('a', sessionOf({ list: [1] }))
    const [one, two] = await Promise.all([store.get('a'), store.get('a')])
    assert.notEqual(one, two)
    ;(one!.list as number[]).push(2)
    assert.deepEqual(two!.list, [1])
  }),

  rule('changing what get gave changes nothing in the store', async (store) => {
    await store.set('a', sessionOf({ views: 1 }))
    ;(await store.get('a'))!.views = 100
    assert.equal((await store.get('a'))!.views, 1)
  }),

  rule('changing a session after it was set changes nothing in the store', async (store) => {
    const session = sessionOf({ cart: { items: [1] } })
    const stored = store.set('a', session)
    ;(session.cart as { items: number[] }).items.push(2)
    await stored
    assert.deepEqual((await store.get('a'))!.cart, { items: [1] })
  }),

  rule('what get gives is plain data that JSON.stringify accepts', async (store) => {
    await store.set('a', sessionOf({ at: new Date(0), big: 2 ** 40, nested: { a: [1] } }))
    const found = (await store.get('a'))!
    assert.equal(JSON.parse(JSON.stringify(found)).big, 2 ** 40)
    assert.deepEqual(found.nested, { a: [1] })
  }),

  rule('sessions set at the same time do not mix', async (store) => {
    const sids = Array.from({ length: 20 }, (_, i) => `s${i}`)
    await Promise.all(sids.map((sid) => store.set(sid, sessionOf({ sid }))))
    const found = await Promise.all(sids.map((sid) => store.get(sid)))
    assert.deepEqual(
      found.map((session) => session!.sid),
      sids,
    )
  }),

  rule('set neither changes the session nor adds to it', async (store) => {
    const session = sessionOf({ views: 1 })
    const before = JSON.stringify(session)
    await store.set('a', session)
    assert.equal(JSON.stringify(session), before)
    assert.deepEqual(Reflect.ownKeys(session), ['cookie', 'views'])
  }),
]
