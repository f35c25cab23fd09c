/** Finds what changed in a session without serializing it, or decoding the stored bytes. */
import { sizeOfValue, TYPES } from './bson-elements'
import { isPlainObject } from './payload'

/** The top-level keys that are new or have a new value, and those that are gone. */
export type Changes = Readonly<Record<'changed' | 'removed', readonly string[]>>

/** The changes that turn `before` into `after`. */
export function changesBetween<V>(
  before: ReadonlyMap<string, V>,
  after: Readonly<Record<string, unknown>>,
  isStored: (before: V, after: unknown, key: string) => boolean,
): Changes {
  const isChanged = (key: string) => {
    const old = before.get(key)
    return old === undefined || !isStored(old, after[key], key)
  }
  return {
    changed: Object.keys(after).filter(isChanged),
    removed: [...before.keys()].filter((key) => !Object.hasOwn(after, key)),
  }
}

/**
 * The same in one pass, if the keys are in the same order with new ones last, as they nearly always are; else
 * undefined. `isStored` decides where the bytes alone cannot.
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
  return [...changed, ...removed].every((key) => /^[^$.][^.]*$/.test(key))
}

/** Undefined if only the serialized form can tell. */
type Verdict = boolean | undefined

/**
 * Whether the value equals the stored one; undefined if unsure, as for an object with its keys in another order
 * and for BSON types such as ObjectId. 5 and 5.0 are equal.
 * @param element an element of a BSON document: type, name, value
 * @param value plain data from `plainCopy`
 */
export function isSameValue(element: Buffer, value: unknown): Verdict {
  return isSame(element, element[0] as number, element.indexOf(0, 1) + 1, value)
}

/** The same for the value at `at`. */
function isSame(bytes: Buffer, type: number, at: number, value: unknown): Verdict {
  switch (typeof value) {
    case 'string':
      return type === TYPES.string ? isSameText(bytes, at, value) : undefined
    case 'number':
      return isSameNumber(bytes, type, at, value)
    case 'boolean':
      return type === TYPES.boolean ? (bytes[at] === 1) === value : undefined
    case 'object':
      if (value === null) return type === TYPES.null || undefined
      return isSameObject(bytes, type, at, value)
    default:
      return undefined
  }
}

function isSameNumber(bytes: Buffer, type: number, at: number, value: number): Verdict {
  const isInteger = type === TYPES.int32
  if (!isInteger && type !== TYPES.double) return undefined
  const stored = isInteger ? bytes.readInt32LE(at) : bytes.readDoubleLE(at)
  // `Object.is`, since 0 and -0 are stored differently, and NaN equals itself
  return Object.is(stored, value)
}

/** Shorter strings are compared in JavaScript: calling into Node would take longer. */
const LONG = 64

function isSameText(bytes: Buffer, at: number, value: string): Verdict {
  const length = bytes.readInt32LE(at) - 1
  const start = at + 4
  // In UTF-8, an ASCII character takes one byte, and any other takes more
  if (value.length > length) return false
  if (value.length < length) {
    // Half a surrogate pair does not come back as it was written
    return bytes.toString('utf8', start, start + length) === value || undefined
  }
  if (length < LONG) return isSameAscii(bytes, start, value)
  const isAscii = Buffer.byteLength(value) === length
  return isAscii && bytes.toString('latin1', start, start + length) === value
}

/** Whether the bytes are this text, and it is ASCII. */
function isSameAscii(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127 || bytes[start + i] !== code) return false
  }
  return true
}

function isSameObject(bytes: Buffer, type: number, at: number, value: object): Verdict {
  if (Array.isArray(value)) {
    return type === TYPES.array ? areSameElements(bytes, at, value, undefined) : undefined
  }
  if (value instanceof Date) {
    if (type !== TYPES.date) return undefined
    return bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * 2 ** 32 === value.getTime()
  }
  if (!isPlainObject(value) || type !== TYPES.document) return undefined
  return areSameElements(bytes, at, value, Object.keys(value))
}

/** @param keys an object's keys; undefined for an array, whose element names do not matter */
function areSameElements(
  bytes: Buffer,
  at: number,
  values: Record<string, unknown> | readonly unknown[],
  keys: readonly string[] | undefined,
): Verdict {
  const count = keys ? keys.length : (values as readonly unknown[]).length
  let verdict: Verdict = true
  let next = at + 4
  for (let i = 0; i < count; i++) {
    const type = bytes[next] as number
    if (type === 0) return false // `values` has more
    const key = keys?.[i]
    if (key !== undefined && !isSameAscii(bytes, next + 1, key)) return undefined
    const nameEnd = key === undefined ? endOfText(bytes, next + 1) : next + 1 + key.length
    if (bytes[nameEnd] !== 0) return undefined
    const value = keys
      ? (values as Record<string, unknown>)[key as string]
      : (values as unknown[])[i]
    const isSameHere = isSame(bytes, type, nameEnd + 1, value)
    if (isSameHere === false) return false
    if (isSameHere === undefined) verdict = undefined
    next = nameEnd + 1 + sizeOfValue(bytes, type, nameEnd + 1)
  }
  return bytes[next] === 0 ? verdict : false
}

function endOfText(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] !== 0) at++
  return at
}
