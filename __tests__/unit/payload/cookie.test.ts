/** Cookies as they are stored, and what a request has changed of one. */
import { Cookie } from 'express-session'
import fc from 'fast-check'
import { differsOnlyInExpiry, isUsableCookie } from '../../../src/payload/cookie'

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
    expect(differsOnlyInExpiry(cookie, { ...cookie, ...changed })).toBe(true)
  })

  it.each([
    ['another path', { path: '/shop' }],
    ['a longer life', { originalMaxAge: 60_001 }],
    ['a life that is shorter by a second', { originalMaxAge: 59_000 }],
    ['the life of a browser session', { originalMaxAge: null }],
    ['a setting that it had not', { secure: true }],
  ])('not with %s', (_, changed) => {
    expect(differsOnlyInExpiry(cookie, { ...cookie, ...changed })).toBe(false)
  })

  it('not with a short life that is shorter by more than a hundredth', () => {
    const short = { originalMaxAge: 100 }
    expect(differsOnlyInExpiry(short, { originalMaxAge: 99 })).toBe(true)
    expect(differsOnlyInExpiry(short, { originalMaxAge: 98 })).toBe(false)
  })

  it('not where a setting is gone', () => {
    expect(differsOnlyInExpiry({ ...cookie, secure: true }, cookie)).toBe(false)
  })
})

describe('a cookie is usable', () => {
  // With a Date as `maxAge`, express-session prints that it is deprecated, unless somebody listens
  const ignore = () => {}
  beforeAll(() => process.on('deprecation' as never, ignore))
  afterAll(() => process.off('deprecation', ignore))

  const anything = fc.oneof(
    fc.constantFrom(null, undefined, true, false, 0, -1, MINUTE, 1e15, Number.NaN, 1n),
    fc.constantFrom(
      '',
      '/',
      '/shop',
      '/a;b',
      'lax',
      'none',
      'later',
      '.example.com',
      'high',
      'a b',
    ),
    fc.constantFrom('2026-11-24T00:00:00.000Z', '1', '+275760-09-13T00:00:00.000Z'),
    fc.date(),
    fc.string(),
    fc.object(),
  )
  const settings =
    'originalMaxAge expires path httpOnly secure partitioned sameSite domain priority'
  const cookies = fc.record(
    Object.fromEntries([...settings.split(' '), 'other', 'data'].map((name) => [name, anything])),
    { requiredKeys: [] },
  )

  /** As express-session does to it, in the life of a request. */
  function isTakenByExpress(cookie: object): boolean {
    try {
      const live = new (Cookie as unknown as new (_: object) => Record<string, unknown>)(cookie)
      if (typeof live.expires === 'string') live.expires = new Date(live.expires)
      const send = () =>
        (live.serialize as (name: string, value: string) => string)('name', 'value')
      send()
      live.maxAge = (cookie as { originalMaxAge?: unknown }).originalMaxAge
      send()
      return true
    } catch {
      return false
    }
  }

  it('exactly where express-session can make one of it, renew it and send it', () => {
    fc.assert(
      fc.property(cookies, (cookie) => {
        expect(isUsableCookie(cookie)).toBe(isTakenByExpress(cookie))
      }),
      { numRuns: 2000 },
    )
  })
})
