/** The cookie's settings, which are stored with the session. */
import { Cookie } from 'express-session'
import { payloadOf } from './codec'
import { dateFrom } from './expiry'
import { isObject } from './objects'

/**
 * The cookie of a session as plain data, as `set` would store it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` if it is no session
 */
export function cookieOf(session: object): unknown {
  if (!isObject(session)) return payloadOf(session)
  const { cookie } = session
  return cookie === undefined ? undefined : payloadOf({ cookie }).cookie
}

/** Sets the cookie's expiry to the record's, which counts: a touch of other stores moves the record's alone. */
export function syncCookieExpiry(cookie: unknown, expires: unknown): void {
  if (typeof cookie !== 'object' || cookie === null || !(expires instanceof Date)) return
  const settings = cookie as { expires?: unknown }
  if (!settings.expires) return
  if (dateFrom(settings.expires).getTime() === expires.getTime()) return
  settings.expires =
    typeof settings.expires === 'string' ? expires.toISOString() : new Date(expires)
}

/** Whether at most the expiry of the cookie has changed, as by a touch. */
export function differsOnlyInExpiry(before: unknown, after: unknown): boolean {
  const old = (before ?? {}) as Record<string, unknown>
  const now = (after ?? {}) as Record<string, unknown>
  for (const key in now) if (!isSameSetting(key, old[key], now[key])) return false
  for (const key in old) if (!(key in now) && !isSameSetting(key, old[key], undefined)) return false
  return true
}

function isSameSetting(key: string, before: unknown, after: unknown): boolean {
  if (before === after || key === 'expires') return true
  if (key === 'originalMaxAge' && typeof before === 'number' && typeof after === 'number') {
    return after < before && before - after <= Math.min(MAX_LOSS_MS, before / 100)
  }
  return (before ?? undefined) === (after ?? undefined)
}

/**
 * express-session's touch sets a new expiry, and `originalMaxAge` to the time left until then. That is a
 * millisecond less if the clock ticks in between, and more if the process has to wait (express-session
 * 1.19: `session/cookie.js`, the setter of `expires`). Such a loss is no change by the app.
 */
const MAX_LOSS_MS = 999

/** The members of express-session's cookie that its types leave out. */
interface LiveCookie {
  expires: unknown
  maxAge: unknown
  serialize(name: string, value: string): string
}

/**
 * Whether express-session can make a cookie of these settings, touch it, and send it in a header. If it
 * cannot, it throws outside of any request. Another program may have written the record.
 */
export function isUsableCookie(cookie: unknown): boolean {
  if (typeof cookie !== 'object' || cookie === null) return false
  return hasUsualSettings(cookie as Record<string, unknown>) || passesExpress(cookie)
}

/** Whether each setting is known to pass: trying them on express-session takes 10 µs. */
function hasUsualSettings(cookie: Record<string, unknown>): boolean {
  for (const setting in cookie) {
    const value = cookie[setting]
    if (value === null || value === undefined) continue
    if (!USUAL_SETTINGS.get(setting)?.(value)) return false
  }
  return true
}

const USUAL_SETTINGS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  // Up to a hundred years: no date that follows from it is out of range
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
