/** Rules about the methods for all sessions at once, which express-session calls optional. */
import assert from 'node:assert/strict'
import { PAST, rule, sessionOf } from './rule'

export const listingRules = [
  rule('all of an empty store is empty', async (store) => {
    assert.deepEqual(await store.all(), [])
  }),

  rule('all gives every session', async (store) => {
    for (const who of ['a', 'b', 'c']) await store.set(who, sessionOf({ who }))
    const found = (await store.all()).map((session) => session.who)
    assert.deepEqual(found.sort(), ['a', 'b', 'c'])
  }),

  rule('all leaves out what has expired', async (store) => {
    await store.set('a', sessionOf({ who: 'a' }))
    await store.set('b', sessionOf({ who: 'b' }, PAST))
    assert.deepEqual(
      (await store.all()).map((session) => session.who),
      ['a'],
    )
  }),

  rule('length counts the sessions', async (store) => {
    assert.equal(await store.length(), 0)
    await store.set('a', sessionOf())
    await store.set('b', sessionOf())
    await store.set('b', sessionOf({ again: true }))
    assert.equal(await store.length(), 2)
    await store.destroy('a')
    assert.equal(await store.length(), 1)
  }),

  rule('length leaves out what has expired', async (store) => {
    await store.set('a', sessionOf())
    await store.set('b', sessionOf({}, PAST))
    assert.equal(await store.length(), 1)
  }),

  rule('clear removes every session', async (store) => {
    await store.set('a', sessionOf())
    await store.set('b', sessionOf())
    assert.notEqual(await store.get('a'), null)
    await store.clear()
    assert.equal(await store.get('a'), null)
    assert.equal(await store.get('b'), null)
  }),

  rule('clear of an empty store is no error', async (store) => {
    await store.clear()
  }),
]
