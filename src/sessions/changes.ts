/** The changes that a write makes to a stored session, by paths of its record. */
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

/** A session as it was when `set` was called. */
export interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from the session. */
  readonly fields: Fields | undefined
}

/** A change by path, and the keys that it writes. */
export interface Changes extends RecordUpdate {
  readonly keys: readonly string[]
}

/** The changes by path; undefined if a path cannot name them, and the session has to be written whole. */
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
  // Only changed fields, so that a field that another request has changed stays as it is
  const fields =
    computed && loaded.fields ? changedFields(loaded.fields, computed, bson.areSame) : computed
  return { expires, fields, set, unset, keys: [...changed, ...removed] }
}

/** With what the record as it was loaded does not show: a touch of the cookie, and keys that are written again. */
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

/** The path of a session's key in the record. */
function pathOf(key: string): string {
  return `session.${key}`
}

/** The path of the whole cookie in the record. */
export const COOKIE = pathOf('cookie')

/** The path to write if only the expiry moved: another request may have changed the cookie's settings. */
export const COOKIE_EXPIRY = pathOf('cookie.expires')

export function expiryOf(cookie: unknown): unknown {
  return (cookie as { expires?: unknown } | null)?.expires ?? null
}
