/** The changes between two states of a session, by top-level key. */

/** Each top-level key with its stored value. */
export type State<V> = ReadonlyMap<string, V>

export interface Changes {
  /** Keys that are new or have another value. */
  readonly changed: readonly string[]
  /** Keys that are gone. */
  readonly removed: readonly string[]
}

/**
 * The keys to write and to remove, to turn the stored session `before` into `after`. Keys that stayed the
 * same are left out: another request may have changed them meanwhile.
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

/** Whether a dotted path can name each of the keys. */
export function canMergeKeys({ changed, removed }: Changes): boolean {
  return changed.every(isPathSegment) && removed.every(isPathSegment)
}

function isPathSegment(key: string): boolean {
  return key !== '' && key[0] !== '$' && !key.includes('.')
}
