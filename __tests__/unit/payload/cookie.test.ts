/** Cookies as they are stored, what a request has changed of one, and when a session ends. */
import { Cookie } from 'express-session'
import fc from 'fast-check'
import {
  differsOnlyInExpiry,
  expiresAt,
  isLive,
  isUsableCookie,
  leastMove,
  moves,
} from '../../../src/payload/cookie'

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

  it('with every setting that express-session itself stores', () => {
    const chosen = fc.record(
      {
        maxAge: fc.integer({ min: -1, max: 365 * 24 * 60 * MINUTE }),
        path: fc.constantFrom('/', '/shop', '/a%20b', '/a b', '/~me/x.y-z_(1)'),
        httpOnly: fc.boolean(),
        secure: fc.boolean(),
        partitioned: fc.boolean(),
        domain: fc.constantFrom(
          'example.com',
          '.example.com',
          'localhost',
          'xn--bcher-kva.example',
        ),
        sameSite: fc.constantFrom(true, false, 'lax', 'strict', 'none', 'Lax'),
        priority: fc.constantFrom('low', 'medium', 'high'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(chosen, (options) => {
        const cookie = new (Cookie as unknown as new (_: object) => object)(options)
        const stored = JSON.parse(JSON.stringify(cookie)) as object
        expect(isUsableCookie(stored)).toBe(true)
        // Some stores write null for what is left out
        expect(isUsableCookie({ sameSite: null, domain: null, priority: null, ...stored })).toBe(
          true,
        )
      }),
    )
  })

  it('not where it would take the methods of the live cookie away', () => {
    expect(isUsableCookie(JSON.parse('{ "path": "/", "__proto__": null }'))).toBe(false)
  })
})

// By a clock that is an argument
const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const at = (ms: number) => new Date(NOW + ms)

describe('expiresAt', () => {
  const withExpires = (expires: unknown) => ({ cookie: { expires } })

  it.each<[string, unknown]>([
    ['a Date', at(HOUR)],
    ['text', at(HOUR).toISOString()],
    ['a number', NOW + HOUR],
  ])("is the cookie's expiry, given as %s", (_name, expires) => {
    expect(expiresAt(withExpires(expires), NOW, 1)).toEqual(at(HOUR))
  })

  it.each([null, undefined, false, '', 'garbage', new Date(Number.NaN)])(
    'is a lifetime from now where the cookie has no end (%p)',
    (expires) => {
      expect(expiresAt(withExpires(expires), NOW, HOUR)).toEqual(at(HOUR))
    },
  )

  it('is a lifetime from now without a cookie', () => {
    expect(expiresAt({}, NOW, HOUR)).toEqual(at(HOUR))
    expect(expiresAt({ cookie: null }, NOW, HOUR)).toEqual(at(HOUR))
  })

  it('asks a function for the lifetime of this session', () => {
    const lifetime = ({ isAdmin }: { isAdmin: boolean }) => (isAdmin ? HOUR : 2 * HOUR)
    expect(expiresAt({ isAdmin: true }, NOW, lifetime)).toEqual(at(HOUR))
    expect(expiresAt({ isAdmin: false }, NOW, lifetime)).toEqual(at(2 * HOUR))
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined])(
    'refuses %p from that function',
    (ms) => {
      expect(() => expiresAt({}, NOW, () => ms as number)).toThrow(/not return a positive number/)
    },
  )
})

describe('isLive', () => {
  it('holds until the very millisecond of the expiry', () => {
    expect(isLive(at(1), NOW)).toBe(true)
    expect(isLive(at(0), NOW)).toBe(false)
    expect(isLive(at(-1), NOW)).toBe(false)
  })

  it('holds for ever without an expiry, and never for one that is no date', () => {
    expect(isLive(undefined, NOW)).toBe(true)
    expect(isLive(null, NOW)).toBe(true)
    expect(isLive('2100-01-01', NOW)).toBe(false)
    expect(isLive(NOW + HOUR, NOW)).toBe(false)
  })
})

describe('a touch', () => {
  it('moves the expiry from the least move on, in either direction', () => {
    expect(moves(at(0), at(HOUR), HOUR)).toBe(true)
    expect(moves(at(0), at(HOUR - 1), HOUR)).toBe(false)
    expect(moves(at(HOUR), at(0), HOUR)).toBe(true)
  })

  it('moves it by any time where the least move is 0, and not by none', () => {
    expect(moves(at(0), at(1), 0)).toBe(true)
    expect(moves(at(0), at(0), 0)).toBe(false)
  })

  it('moves it where the record has no expiry yet', () => {
    expect(moves(undefined, at(HOUR), HOUR)).toBe(true)
  })

  it('moves it at the latest when half of the lifetime is over', () => {
    expect(leastMove(24 * HOUR, at(HOUR), NOW)).toBe(HOUR / 2)
    expect(leastMove(HOUR / 10, at(HOUR), NOW)).toBe(HOUR / 10)
  })
})
