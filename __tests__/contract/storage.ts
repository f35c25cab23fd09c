/** Rules about storing a session and reading it back. */
import assert from 'node:assert/strict'
import { rule, sessionOf } from './rule'

export const storageRules = [
  rule('get of a sid that was never set finds nothing, without an error', async (store) => {
    assert.equal(await store.get('nobody'), null)
  }),

  rule('get gives back the data that was set', async (store) => {
    const data = { user: 'ann', views: 3, ratio: 0.5, on: true, off: false, none: null }
    await store.set('a', sessionOf(data))
    const { cookie: _, ...found } = (await store.get('a'))!
    assert.deepEqual(found, data)
  }),

  rule('nested objects, lists, empty objects and empty lists come back', async (store) => {
    const data = {
      cart: {
        items: [
          { id: 1, tags: [] },
          { id: 2, tags: ['x'] },
        ],
        notes: {},
      },
      log: [],
    }
    await store.set('a', sessionOf(data))
    const { cookie: _, ...found } = (await store.get('a'))!
    assert.deepEqual(found, data)
  }),

  rule('text in any script comes back', async (store) => {
    const text = 'Grüße, 世界 — 👩‍👩‍👧 \u0000 \n "quoted" \\'
    await store.set('a', sessionOf({ text }))
    assert.equal((await store.get('a'))!.text, text)
  }),

  rule('keys that objects inherit are data like any other', async (store) => {
    const data = JSON.parse('{"constructor": 1, "toString": "2", "box": {"__proto__": {"x": 1}}}')
    await store.set('a', sessionOf(data))
    const found = (await store.get('a'))!
    assert.equal(found.constructor, 1)
    assert.equal(found.toString, '2')
    assert.deepEqual(Object.keys(found.box as object), ['__proto__'])
    assert.equal(({} as { x?: number }).x, undefined)
  }),

  rule('what is undefined is left out, as in JSON', async (store) => {
    await store.set('a', sessionOf({ gone: undefined, nested: { gone: undefined, kept: 1 } }))
    const found = (await store.get('a'))!
    assert.ok(!('gone' in found))
    assert.deepEqual(found.nested, { kept: 1 })
  }),

  rule('an object stores itself by its toJSON', async (store) => {
    await store.set('a', sessionOf({ price: { toJSON: () => '12.50' } }))
    assert.equal((await store.get('a'))!.price, '12.50')
  }),

  rule('set replaces what another session object had stored', async (store) => {
    await store.set('a', sessionOf({ one: 1 }))
    await store.set('a', sessionOf({ two: 2 }))
    const { cookie: _, ...found } = (await store.get('a'))!
    assert.deepEqual(found, { two: 2 })
  }),

  rule('destroy removes the session, and no other', async (store) => {
    await store.set('a', sessionOf({ who: 'a' }))
    await store.set('b', sessionOf({ who: 'b' }))
    await store.destroy('a')
    assert.equal(await store.get('a'), null)
    assert.equal((await store.get('b'))!.who, 'b')
  }),

  rule('destroy of a sid that was never set is no error', async (store) => {
    await store.destroy('nobody')
  }),

  rule('a session can be set again after it was destroyed', async (store) => {
    await store.set('a', sessionOf({ life: 1 }))
    await store.destroy('a')
    await store.set('a', sessionOf({ life: 2 }))
    assert.equal((await store.get('a'))!.life, 2)
  }),

  rule('set and destroy without a callback are carried out', async (store) => {
    store.store.set('a', sessionOf({ who: 'a' }))
    store.store.set('b', sessionOf({ who: 'b' }))
    await eventually(async () => (await store.get('a')) !== null && (await store.get('b')) !== null)
    store.store.destroy('a')
    await eventually(async () => (await store.get('a')) === null)
  }),

  rule('a session id may hold any characters', async (store) => {
    const sids = ['$where', 'a.b', '{"$gt":""}', 'ü/%2F..', ' ', "'; --", 'x'.repeat(500)]
    for (const sid of sids) await store.set(sid, sessionOf({ sid }))
    for (const sid of sids) assert.equal((await store.get(sid))!.sid, sid)
  }),
]

/** Waits for an operation that has no callback; each try is a round trip to the store. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) if (await condition()) return
  assert.fail('it never happened')
}
