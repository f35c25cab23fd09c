/** When a session expires, and whether it has expired. Times are milliseconds since the epoch. */

import { MongoDBStoreError } from '../errors'

/** How long a session lives if its cookie sets no end: ms, or a function of the session that returns ms. */
export type Lifetime<S = unknown> = number | ((session: S) => number)

interface WithCookie {
  cookie?: { expires?: unknown } | null
}

/**
 * The end of the session: its cookie's expiry, else a lifetime from now.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` if the function returns no positive number
 */
export function expiresAt(session: object, now: number, lifetime: Lifetime<never>): Date {
  const expires = (session as WithCookie).cookie?.expires
  if (expires) {
    const date = dateFrom(expires)
    if (!Number.isNaN(date.getTime())) return date
  }
  const ms = typeof lifetime === 'function' ? lifetime(session as never) : lifetime
  const date = new Date(now + ms)
  if (!(typeof ms === 'number' && ms > 0) || Number.isNaN(date.getTime())) {
    throw new MongoDBStoreError(
      'ERR_MONGODB_STORE_SESSION',
      'the function `expires` gave no positive number of milliseconds for it',
    )
  }
  return date
}

/** The value as a date; an invalid date if it is none. */
export function dateFrom(value: unknown): Date {
  try {
    return new Date(value as Date | string | number)
  } catch {
    return new Date(Number.NaN) // an object that cannot be converted to a primitive
  }
}

/** Whether a record with this `expires` is still a session. Without one, it never expires. */
export function isLive(expires: unknown, now: number): boolean {
  if (expires === undefined || expires === null) return true
  return expires instanceof Date && expires.getTime() > now
}

/**
 * How far a touch has to move the expiry to be written, in milliseconds: by `touchAfter`, or by half of the
 * session's lifetime, so that no visitor who stays active is logged out.
 */
export function leastMove(touchAfter: number, next: Date, now: number): number {
  return Math.min(touchAfter, (next.getTime() - now) / 2)
}

/** Whether a touch moves the expiry by at least `least` ms. */
export function moves(stored: unknown, next: Date, least: number): boolean {
  if (!(stored instanceof Date)) return true
  const moved = Math.abs(next.getTime() - stored.getTime())
  return moved > 0 && moved >= least
}
