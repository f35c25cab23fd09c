/** What a write changes in a stored session, by path. */
import type { Bson } from '../payload/bson'
import { elementsOf } from '../payload/bson-elements'
import {
  canMergeKeys,
  changesBetween,
  changesInOrder,
  type Changes as KeyChanges,
} from '../payload/changes'
import { differsOnlyInExpiry } from '../payload/cookie'
import type { SessionPayload } from '../payload/payload'
import type { Fields } from '../records/queries'
import type { RecordUpdate } from '../records/statements'
import { changedFields } from './computed-fields'
import { documentOf, type Snapshot } from './snapshots'

/** The session at the time of the `set` call. */
export interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from the session. */
  readonly fields: Fields | undefined
}

/** Changes by path, and the session keys they write. */
export interface Changes extends RecordUpdate {
  readonly keys: readonly string[]
}

/** The changes by path; undefined if a path cannot name them, so that the whole session must be written. */
export function changesOf(
  { payload, expires, fields: computed }: SessionState,
  loaded: Snapshot,
  bson: Bson,
): Changes | undefined {
  const document = documentOf(loaded, bson)
  const changes =
    changesInOrder(document, payload, bson.isStored) ??
    changesBetween(elementsOf(document), payload, bson.isStored)
  const { unknown, isTouched } = loaded
  const isCookieKnown = !unknown?.has('cookie')
  const { changed, removed } =
    unknown || isTouched ? corrected(changes, loaded, payload, bson) : changes
  if (!canMergeKeys({ changed, removed })) return undefined
  const set: Fields = {}
  for (const key of changed) {
    const isMoved =
      key === 'cookie' && isCookieKnown && differsOnlyInExpiry(loaded.cookie, payload.cookie)
    if (isMoved) set[COOKIE_EXPIRY] = expiryOf(payload.cookie)
    else set[pathOf(key)] = payload[key]
  }
  const unset: string[] = []
  for (const key of removed) if (!loaded.hidden?.has(key)) unset.push(pathOf(key))
  // Only changed fields, to keep those that another request has changed
  const fields =
    computed && loaded.fields ? changedFields(loaded.fields, computed, bson.areSame) : computed
  return { expires, fields, set, unset, keys: [...changed, ...removed] }
}

/** Adds what the loaded record does not show: a touch of the cookie, and keys whose write has failed. */
function corrected(
  { changed, removed }: KeyChanges,
  { unknown = new Set(), isTouched, cookie }: Snapshot,
  payload: SessionPayload,
  bson: Bson,
): KeyChanges {
  const keys = new Set([...changed, ...removed, ...unknown])
  if (isTouched && !unknown.has('cookie')) {
    keys[bson.areSame(cookie, payload.cookie) ? 'delete' : 'add']('cookie')
  }
  const [there, gone]: [string[], string[]] = [[], []]
  for (const key of keys) (Object.hasOwn(payload, key) ? there : gone).push(key)
  return { changed: there, removed: gone }
}

/** The record's path of a session key. */
function pathOf(key: string): string {
  return `session.${key}`
}

export const COOKIE = pathOf('cookie')

/** Written if only the expiry moved: another request may have changed the cookie's settings. */
export const COOKIE_EXPIRY = pathOf('cookie.expires')

export function expiryOf(cookie: unknown): unknown {
  return (cookie as { expires?: unknown } | null)?.expires ?? null
}
