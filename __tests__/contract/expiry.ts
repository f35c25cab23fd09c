/** Rules about the end of a session. */
import assert from 'node:assert/strict'
import { PAST, rule, sessionOf } from './rule'

export const expiryRules = [
  rule('get does not find a session that has expired', async (store) => {
    await store.set('a', sessionOf({}, PAST))
    assert.equal(await store.get('a'), null)
  }),

  rule('an expiry given as text counts', async (store) => {
    const cookie = { originalMaxAge: 1000, expires: new Date(Date.now() + PAST).toISOString() }
    await store.set('a', { cookie })
    assert.equal(await store.get('a'), null)
  }),

  rule('touch moves the expiry and leaves the data alone', async (store) => {
    await store.set('a', sessionOf({ views: 7 }, 60_000))
    await store.touch('a', sessionOf({ views: 99, more: true }, 120_000))
    const { cookie, ...data } = (await store.get('a'))!
    assert.deepEqual(data, { views: 7 })
    assert.ok(Number(new Date(cookie!.expires as string)) - Date.now() > 90_000)
  }),

  rule('touch can end a session', async (store) => {
    await store.set('a', sessionOf({}, 60_000))
    await store.touch('a', sessionOf({}, PAST))
    assert.equal(await store.get('a'), null)
  }),

  rule('touch of a sid that is not there is no error, and creates nothing', async (store) => {
    await store.touch('nobody', sessionOf())
    assert.equal(await store.get('nobody'), null)
  }),

  rule('touch does not bring back a session that was destroyed', async (store) => {
    const session = sessionOf()
    await store.set('a', session)
    await store.destroy('a')
    await store.touch('a', session)
    assert.equal(await store.get('a'), null)
  }),

  rule('touch does not bring back a session that has expired', async (store) => {
    await store.set('a', sessionOf({}, PAST))
    await store.touch('a', sessionOf({}, 60_000))
    assert.equal(await store.get('a'), null)
  }),
]
