/** The changes between two states of a session, by top-level key. */

import { sizeOfValue } from './bson-elements'
import { isSame, isSameAscii } from './same-value'

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

/**
 * The same for a stored document whose keys are in the order of `after`, with new keys last, as they nearly
 * always are: one walk over both is enough. Undefined if they are not.
 * @param isStored decides on an element if the walk cannot
 */
export function changesInOrder(
  document: Buffer,
  after: Readonly<Record<string, unknown>>,
  isStored: (element: Buffer, value: unknown, key: string) => boolean,
): Changes | undefined {
  const changed: string[] = []
  let next = 4
  for (const key of Object.keys(after)) {
    const type = document[next] as number
    if (type === 0) {
      changed.push(key)
      continue
    }
    const at = next + key.length + 2
    if (!isSameAscii(document, next + 1, key) || document[at - 1] !== 0) return undefined
    const end = at + sizeOfValue(document, type, at)
    const value = after[key]
    const isUnchanged =
      isSame(document, type, at, value) ?? isStored(document.subarray(next, end), value, key)
    if (!isUnchanged) changed.push(key)
    next = end
  }
  return document[next] === 0 ? { changed, removed: [] } : undefined
}

/** Whether a dotted path can name each of the keys. */
export function canMergeKeys({ changed, removed }: Changes): boolean {
  return changed.every(isPathSegment) && removed.every(isPathSegment)
}

function isPathSegment(key: string): boolean {
  return key !== '' && key[0] !== '$' && !key.includes('.')
}
