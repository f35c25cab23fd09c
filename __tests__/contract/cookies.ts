/** Rules about the cookie of a session. */
import assert from 'node:assert/strict'
import { rule, sessionOf } from './rule'

export const cookieRules = [
  rule('the cookie comes back with the session', async (store) => {
    const session = sessionOf({}, 60_000)
    await store.set('a', session)
    const { cookie } = (await store.get('a'))!
    assert.equal(cookie!.originalMaxAge, 60_000)
    assert.equal(cookie!.path, '/')
    assert.equal(cookie!.httpOnly, true)
    assert.equal(Number(new Date(cookie!.expires as string)), Number(session.cookie.expires))
  }),

  rule('a cookie that ends with the browser comes back without an expiry', async (store) => {
    await store.set('a', sessionOf({}, null))
    const { cookie } = (await store.get('a'))!
    assert.equal(cookie!.originalMaxAge ?? null, null)
    assert.equal(cookie!.expires ?? null, null)
  }),

  rule('a session without a cookie comes back as it was', async (store) => {
    await store.set('a', { views: 1 })
    assert.deepEqual(await store.get('a'), { views: 1 })
  }),

  rule('touch stores the new cookie', async (store) => {
    await store.set('a', sessionOf({ views: 1 }, 60_000))
    const session = (await store.get('a'))!
    session.cookie = sessionOf({}, 3_600_000).cookie as never
    await store.touch('a', session as never)
    const { cookie } = (await store.get('a'))!
    assert.equal(cookie!.originalMaxAge, 3_600_000)
    const left = Number(new Date(cookie!.expires as string)) - Date.now()
    assert.ok(left > 3_000_000, `${left} ms left`)
  }),
]
