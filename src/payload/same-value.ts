/** Compares a value with a stored one by walking both, without serializing or decoding either. */
import { sizeOfValue, TYPES } from './bson-elements'
import { isPlainObject } from './objects'

/** `undefined` if only the serialized form can tell. */
export type Verdict = boolean | undefined

/** A shorter string is compared in JavaScript: the call of Node's own comparison would take longer. */
const LONG = 64
const TWO_TO_32 = 2 ** 32

/**
 * @param element an element of a BSON document: the type, the name, the value
 * @param value plain data, as `plainCopy` makes it
 * @returns true or false only if that is sure; 5 and 5.0 are the same. Undefined for an object whose keys
 * are in another order, and for values of BSON types such as ObjectId
 */
export function isSameValue(element: Buffer, value: unknown): Verdict {
  return isSame(element, element[0] as number, element.indexOf(0, 1) + 1, value)
}

/** The same for the value at `at`. */
export function isSame(bytes: Buffer, type: number, at: number, value: unknown): Verdict {
  switch (typeof value) {
    case 'string':
      return type === TYPES.string ? isSameText(bytes, at, value) : undefined
    case 'number':
      return isSameNumber(bytes, type, at, value)
    case 'boolean':
      return type === TYPES.boolean ? (bytes[at] === 1) === value : undefined
    case 'object':
      return value === null
        ? type === TYPES.null || undefined
        : isSameObject(bytes, type, at, value)
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

function isSameText(bytes: Buffer, at: number, value: string): Verdict {
  const length = bytes.readInt32LE(at) - 1
  const start = at + 4
  // In UTF-8, an ASCII character takes one byte, and any other takes more
  if (value.length > length) return false
  if (value.length < length) {
    // Half of a surrogate pair does not come back as it was written
    return bytes.toString('utf8', start, start + length) === value || undefined
  }
  if (length >= LONG) {
    return (
      Buffer.byteLength(value) === length &&
      bytes.toString('latin1', start, start + length) === value
    )
  }
  return isSameAscii(bytes, start, value)
}

/** Whether the bytes are the text, and the text is ASCII. */
export function isSameAscii(bytes: Buffer, start: number, text: string): boolean {
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
  if (value instanceof Date) return type === TYPES.date ? isSameDate(bytes, at, value) : undefined
  if (!isPlainObject(value) || type !== TYPES.document) return undefined
  return areSameElements(bytes, at, value, Object.keys(value))
}

function isSameDate(bytes: Buffer, at: number, date: Date): boolean {
  return bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * TWO_TO_32 === date.getTime()
}

/** @param keys the keys of an object; undefined for an array, whose elements' names do not matter */
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
