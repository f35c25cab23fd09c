/** Cookies as they are stored, and what a request has changed of one. */
import { sameButForExpiry } from '../../src/cookie'

const MINUTE = 60_000
const cookie = { originalMaxAge: MINUTE, path: '/', httpOnly: true }

describe('a cookie is the same but for its expiry', () => {
  it.each([
    ['another end', { expires: new Date(1) }],
    ['a setting that is undefined', { domain: undefined }],
    ['a setting that is null', { domain: null }],
    [
      'the millisecond that express-session loses where the clock ticks',
      { originalMaxAge: 59_999 },
    ],
    ['what it loses where the process has to wait', { originalMaxAge: 59_500 }],
  ])('with %s', (_, changed) => {
    expect(sameButForExpiry(cookie, { ...cookie, ...changed })).toBe(true)
  })

  it.each([
    ['another path', { path: '/shop' }],
    ['a longer life', { originalMaxAge: 60_001 }],
    ['a life that is shorter by a second', { originalMaxAge: 59_000 }],
    ['the life of a browser session', { originalMaxAge: null }],
    ['a setting that it had not', { secure: true }],
  ])('not with %s', (_, changed) => {
    expect(sameButForExpiry(cookie, { ...cookie, ...changed })).toBe(false)
  })

  it('not with a short life that is shorter by more than a hundredth', () => {
    const short = { originalMaxAge: 100 }
    expect(sameButForExpiry(short, { originalMaxAge: 99 })).toBe(true)
    expect(sameButForExpiry(short, { originalMaxAge: 98 })).toBe(false)
  })

  it('not where a setting is gone', () => {
    expect(sameButForExpiry({ ...cookie, secure: true }, cookie)).toBe(false)
  })
})
