/** What changed between two states of a session, as an update of paths. */

/** Top-level key → its value as it is stored. */
export type State<V> = ReadonlyMap<string, V>

export interface Changes {
  /** Keys that are new or differ. */
  readonly changed: readonly string[]
  /** Keys that are gone. */
  readonly removed: readonly string[]
}

/**
 * What an update has to say to turn what was stored `before` into the session `after`, and nothing of what stayed the same: that
 * may meanwhile have been changed by another request.
 */
export function changesBetween<V>(
  before: State<V>,
  after: Readonly<Record<string, unknown>>,
  isSame: (before: V, after: unknown, key: string) => boolean,
): Changes {
  const changed: string[] = []
  const removed: string[] = []
  for (const key of Object.keys(after)) {
    const old = before.get(key)
    if (old === undefined || !isSame(old, after[key], key)) changed.push(key)
  }
  for (const key of before.keys()) {
    if (!Object.hasOwn(after, key)) removed.push(key)
  }
  return { changed, removed }
}

/** Whether each change is to a key that a dotted path can name. */
export function canMergeKeys({ changed, removed }: Changes): boolean {
  return changed.every(isPathSegment) && removed.every(isPathSegment)
}

function isPathSegment(key: string): boolean {
  return key !== '' && key[0] !== '$' && !key.includes('.')
}
