/** The cookie's settings as they are kept with the session. */
import { Cookie } from 'express-session'
import { payloadOf } from './codec'
import { dateFrom } from './expiry'

/**
 * The cookie of a session as plain data, as `set` would store it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` for what is no session
 */
export function cookieOf(session: object): unknown {
  if (typeof session !== 'object' || session === null || Array.isArray(session))
    return payloadOf(session)
  const { cookie } = session as { cookie?: unknown }
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

/** Whether two cookies differ in nothing but the expiry, which a touch moves. */
export function sameButForExpiry(a: unknown, b: unknown): boolean {
  const settings = { ...(a as Record<string, unknown>) }
  const others = { ...(b as Record<string, unknown>) }
  const keys = new Set([...Object.keys(settings), ...Object.keys(others)])
  keys.delete('expires')
  return [...keys].every((key) => (settings[key] ?? undefined) === (others[key] ?? undefined))
}

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
