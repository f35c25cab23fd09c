/** The cookie's settings as they are kept with the session. */
import { payloadOf } from './codec'

/**
 * The cookie of a session as plain data, as `set` would store it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` for what is no session
 */
export function cookieOf(session: object): unknown {
  if (typeof session !== 'object' || session === null) return payloadOf(session)
  const { cookie } = session as { cookie?: unknown }
  return cookie === undefined ? undefined : payloadOf({ cookie }).cookie
}

/** The record's expiry is what counts: other stores' touches leave the one in the cookie behind. */
export function freshenCookie(cookie: unknown, expires: unknown): void {
  if (typeof cookie !== 'object' || cookie === null || !(expires instanceof Date)) return
  const settings = cookie as { expires?: unknown }
  if (!settings.expires) return
  if (new Date(settings.expires as Date | string).getTime() === expires.getTime()) return
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
