/** The cookie's settings as they are kept with the session. */
import { Cookie } from 'express-session'
import { payloadOf } from './codec'
import { dateFrom } from './expiry'
import { isObject } from './objects'

/**
 * The cookie of a session as plain data, as `set` would store it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` for what is no session
 */
export function cookieOf(session: object): unknown {
  if (!isObject(session)) return payloadOf(session)
  const { cookie } = session
  return cookie === undefined ? undefined : payloadOf({ cookie }).cookie
}

/** The record's expiry is what counts: other stores' touches leave the one in the cookie behind. */
export function freshenCookie(cookie: unknown, expires: unknown): void {
  if (typeof cookie !== 'object' || cookie === null || !(expires instanceof Date)) return
  const settings = cookie as { expires?: unknown }
  if (!settings.expires) return
  if (dateFrom(settings.expires).getTime() === expires.getTime()) return
  settings.expires =
    typeof settings.expires === 'string' ? expires.toISOString() : new Date(expires)
}

/** Whether a request has changed nothing of the cookie but the expiry, which a touch moves. */
export function sameButForExpiry(before: unknown, after: unknown): boolean {
  const old = (before ?? {}) as Record<string, unknown>
  const now = (after ?? {}) as Record<string, unknown>
  for (const key in now) if (!isSameSetting(key, old[key], now[key])) return false
  for (const key in old) if (!(key in now) && !isSameSetting(key, old[key], undefined)) return false
  return true
}

function isSameSetting(key: string, before: unknown, after: unknown): boolean {
  if (before === after || key === 'expires') return true
  if (key === 'originalMaxAge' && typeof before === 'number' && typeof after === 'number') {
    return after < before && before - after <= Math.min(LOST_AT_MOST_MS, before / 100)
  }
  return (before ?? undefined) === (after ?? undefined)
}

/**
 * A touch sets a new expiry, and `originalMaxAge` to what is left until then: a millisecond less where
 * the clock ticks in between, more where the process has to wait (express-session 1.19:
 * `session/cookie.js`, the setter of `expires`). No app has set that.
 */
const LOST_AT_MOST_MS = 999

/** What types do not tell of express-session's cookie. */
interface LiveCookie {
  expires: unknown
  maxAge: unknown
  serialize(name: string, value: string): string
}

/**
 * Whether express-session can make a cookie of it, renew that, and send it in a header. It throws
 * outside of any request where it cannot, and another program may have written the record.
 */
export function isUsableCookie(cookie: unknown): boolean {
  if (typeof cookie !== 'object' || cookie === null) return false
  return isUsual(cookie as Record<string, unknown>) || passesExpress(cookie)
}

/** Whether each setting is one of the usual, which are known to pass: trying them takes 10 µs. */
function isUsual(cookie: Record<string, unknown>): boolean {
  for (const setting in cookie) {
    const value = cookie[setting]
    if (value === null || value === undefined) continue
    if (!USUAL.get(setting)?.(value)) return false
  }
  return true
}

const USUAL: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  // A hundred years: no date that comes of it is out of range
  ['originalMaxAge', (value: unknown) => typeof value === 'number' && value >= 0 && value < 3.2e12],
  ['expires', isUsualExpiry],
  ['path', (value: unknown) => typeof value === 'string' && /^\/[\w/.~-]*$/.test(value)],
  [
    'sameSite',
    (value: unknown) => ['strict', 'lax', 'none', true, false].includes(value as string),
  ],
  ...['httpOnly', 'secure', 'partitioned'].map(
    (setting) => [setting, (value: unknown) => typeof value === 'boolean'] as const,
  ),
])

function isUsualExpiry(value: unknown): boolean {
  if (typeof value === 'string') return !Number.isNaN(Date.parse(value))
  return value instanceof Date && !Number.isNaN(value.getTime())
}

function passesExpress(cookie: object): boolean {
  try {
    const live = new (Cookie as unknown as new (cookie: object) => LiveCookie)(cookie)
    if (typeof live.expires === 'string') live.expires = new Date(live.expires)
    live.serialize('name', 'value')
    live.maxAge = (cookie as { originalMaxAge?: unknown }).originalMaxAge
    live.serialize('name', 'value')
    return true
  } catch {
    return false
  }
}
