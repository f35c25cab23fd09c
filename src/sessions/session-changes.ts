/** The changes that a write makes to a stored session, by paths of its record. */
import type { ResolvedOptions } from '../options/resolved-options'
import { elementsOf } from '../payload/bson-elements'
import { canMergeKeys, changesBetween, changesInOrder } from '../payload/changes'
import type { SessionPayload } from '../payload/codec'
import { differsOnlyInExpiry } from '../payload/cookie'
import type { Fields } from '../records/queries'
import type { RecordUpdate } from '../records/statements'
import type { StoredValues } from '../records/stored-values'
import { changedFields } from './computed-fields'
import type { Encoded } from './session-format'
import type { Snapshot } from './snapshots'

/** A session as it was when `set` was called. */
export interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from the session. */
  readonly fields: Fields | undefined
  /** The session in the form in which it is stored. */
  readonly encoded: Encoded
}

/** The changes by path; undefined if the session has to be written whole. */
export function changesOf(
  { payload, expires, fields: computed }: SessionState,
  loaded: Snapshot,
  values: StoredValues,
  { writes }: ResolvedOptions,
): RecordUpdate | undefined {
  if (!loaded.canMerge || writes !== 'merge') return undefined
  const document = loaded.document()
  const changes =
    changesInOrder(document, payload, values.isStored) ??
    changesBetween(elementsOf(document), payload, values.isStored)
  if (!canMergeKeys(changes)) return undefined
  const hasNewSettings = !differsOnlyInExpiry(loaded.cookie, payload.cookie)
  const set: Fields = {}
  for (const key of changes.changed) {
    if (key !== 'cookie' || hasNewSettings) set[pathOf(key)] = payload[key]
    else set[COOKIE_EXPIRY] = expiryOf(payload.cookie)
  }
  const unset = changes.removed.filter((key) => !loaded.hidden?.has(key)).map(pathOf)
  // Only changed fields, so that a field that another request has changed stays as it is
  const fields =
    computed && loaded.fields ? changedFields(loaded.fields, computed, values.areSame) : computed
  return { expires, fields, set, unset }
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
