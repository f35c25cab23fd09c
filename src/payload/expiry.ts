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

/** The condition that a record has to meet for a write. */
export interface Condition {
  readonly filter: Record<string, unknown>
  /** As in `Statement`, which takes it over. */
  readonly matches?: 'dated' | 'live' | undefined
  readonly now: number
}

/** The filter that matches exactly the records for which `isLive` holds. */
export function liveFilter(expiresKey: string, now: number): Record<string, unknown> {
  return { $or: [{ [expiresKey]: { $gt: new Date(now) } }, { [expiresKey]: null }] }
}

/** Matches a live record; the filter is simpler if the record is known to have an expiry. */
export function ifLive(expiresKey: string, now: number, stored?: unknown): Condition {
  return stored instanceof Date
    ? { filter: { [expiresKey]: { $gt: new Date(now) } }, matches: 'dated', now }
    : { filter: liveFilter(expiresKey, now), matches: 'live', now }
}

/** Matches a live record whose expiry is still `stored`. */
export function ifUnmoved(expiresKey: string, now: number, stored: unknown): Condition {
  const isSame = stored instanceof Date ? { $gt: new Date(now), $eq: stored } : null
  return { filter: { [expiresKey]: isSame }, now }
}

/** Whether a touch moves the expiry far enough to be written. */
export function needsTouch(stored: unknown, next: Date, touchAfter: number): boolean {
  if (!(stored instanceof Date)) return true
  const moved = Math.abs(next.getTime() - stored.getTime())
  return moved > 0 && moved >= touchAfter
}

/** `isLive` and `needsTouch` in one filter, for a touch of a session that was not loaded here. */
export function ifTouchable(
  expiresKey: string,
  now: number,
  next: Date,
  touchAfter: number,
): Condition {
  if (touchAfter === 0) return ifLive(expiresKey, now)
  const earlier = new Date(next.getTime() - touchAfter)
  const later = new Date(Math.max(next.getTime() + touchAfter, now + 1))
  const filter = {
    $or: [
      { [expiresKey]: { $gt: new Date(now), $lte: earlier } },
      { [expiresKey]: { $gte: later } },
      { [expiresKey]: null },
    ],
  }
  return { filter, now }
}
