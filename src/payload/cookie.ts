/** A session's cookie, which is stored with it, and its expiry. Times are in milliseconds. */
import { types } from 'node:util'
import { Cookie } from 'express-session'
import { MongoDBStoreError } from '../errors'
import { isObject, payloadOf } from './payload'

/** How long a session lives if its cookie does not say: ms, or a function of the session that returns ms. */
export type Lifetime<S = unknown> = number | ((session: S) => number)

/** The session's cookie as plain data, as `set` would store it. Throws if it is not a session. */
export function cookieOf(session: object): unknown {
  return isObject(session) ? payloadOf({ cookie: session.cookie }).cookie : payloadOf(session)
}

/** When the session ends: at its cookie's expiry, else a lifetime from now. */
export function expiresAt(session: object, now: number, lifetime: Lifetime<never>): Date {
  const { cookie } = session as { cookie?: { expires?: unknown } | null }
  const end = cookie?.expires ? dateFrom(cookie.expires) : undefined
  if (end) return end
  const ms = typeof lifetime === 'function' ? lifetime(session as never) : lifetime
  const date = typeof ms === 'number' && ms > 0 ? dateFrom(now + ms) : undefined
  if (date) return date
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_SESSION',
    'the function `expires` did not return a positive number of milliseconds',
  )
}

/** The value as a date; undefined if it is not one. */
function dateFrom(value: unknown): Date | undefined {
  // Node's own check is slower, but knows dates of other realms
  const isDate = value instanceof Date || types.isDate(value)
  const isOne = isDate || typeof value === 'string' || typeof value === 'number'
  const date = new Date(isOne ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Sets the cookie's expiry to the record's, which counts: other stores only touch the record's. */
export function syncCookieExpiry(cookie: unknown, expires: unknown): void {
  if (!isObject(cookie) || !cookie.expires || !(expires instanceof Date)) return
  if (dateFrom(cookie.expires)?.getTime() === expires.getTime()) return
  cookie.expires = typeof cookie.expires === 'string' ? expires.toISOString() : new Date(expires)
}

/** Whether a record with this `expires` is still live. Without one, it never expires. */
export function isLive(expires: unknown, now: number): boolean {
  if (expires === undefined || expires === null) return true
  return expires instanceof Date && expires.getTime() > now
}

/** How far a touch must move the expiry: at most half a lifetime, or active visitors would be logged out. */
export function leastMove(touchAfter: number, next: Date, now: number): number {
  return Math.min(touchAfter, (next.getTime() - now) / 2)
}

/** Whether a touch moves the expiry by at least `least`. */
export function moves(stored: unknown, next: Date, least: number): boolean {
  if (!(stored instanceof Date)) return true
  const moved = Math.abs(next.getTime() - stored.getTime())
  return moved > 0 && moved >= least
}

/** Whether only the cookie's expiry has changed, if anything, as after a touch. */
export function differsOnlyInExpiry(before: unknown, after: unknown): boolean {
  const old = (before ?? {}) as Record<string, unknown>
  const now = (after ?? {}) as Record<string, unknown>
  for (const key in now) if (!isSameSetting(key, old[key], now[key])) return false
  for (const key in old) if (!isSameSetting(key, old[key], now[key])) return false
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
 * express-session's touch sets a new expiry, and then `originalMaxAge` to the time left, which is a little less
 * (1.19: `session/cookie.js`, the setter of `expires`). That loss is not a change by the app.
 */
const MAX_LOSS_MS = 999

/** Whether express-session can create, touch and send the cookie without throwing outside a request. */
export function isUsableCookie(cookie: unknown): boolean {
  if (!isObject(cookie)) return false
  for (const setting in cookie) if (!isUsual(setting, cookie[setting])) return passesExpress(cookie)
  return true
}

/** Whether the setting is sure to pass, since trying a cookie on express-session takes 10 µs. */
function isUsual(setting: string, value: unknown): boolean {
  switch (setting) {
    case 'originalMaxAge':
      // Up to a hundred years, so that no date computed from it is out of range
      return value === null || (typeof value === 'number' && value >= 0 && value < 3.2e12)
    case 'expires':
      return value === null || (typeof value !== 'number' && dateFrom(value) !== undefined)
    case 'path':
      return typeof value === 'string' && /^\/[\w/.~-]*$/.test(value)
    case 'sameSite':
      return value === 'lax' || value === 'strict' || value === 'none' || value === true
    default:
      return (setting === 'httpOnly' || setting === 'secure') && typeof value === 'boolean'
  }
}

/** Members of express-session's cookie that its types lack. */
interface LiveCookie {
  expires: unknown
  maxAge: unknown
  serialize(name: string, value: string): string
}

function passesExpress(cookie: Record<string, unknown>): boolean {
  try {
    const live = new (Cookie as unknown as new (cookie: object) => LiveCookie)(cookie)
    if (typeof live.expires === 'string') live.expires = new Date(live.expires)
    live.serialize('name', 'value')
    live.maxAge = cookie.originalMaxAge
    live.serialize('name', 'value')
    return true
  } catch {
    return false
  }
}
