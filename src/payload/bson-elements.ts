/** Finds elements in a BSON document without decoding it (https://bsonspec.org/spec.html). */

/** The sizes of values of a fixed size, by type. */
// biome-ignore format: one line per size
const FIXED: Readonly<Record<number, number>> = {
  6: 0, 10: 0, 127: 0, 255: 0, // undefined, null, max key, min key
  8: 1, 16: 4, // boolean, int32
  1: 8, 9: 8, 17: 8, 18: 8, // double, date, timestamp, int64
  7: 12, 19: 16, // ObjectId, decimal128
}

/** How many bytes a value takes beyond its stored length, by type. */
// biome-ignore format: as above
const MEASURED: Readonly<Record<number, number>> = {
  3: 0, 4: 0, 15: 0, // document, array, code with scope: the length includes itself
  2: 4, 13: 4, 14: 4, // string, code, symbol: the length
  5: 5, // binary: the length, the subtype
  12: 16, // pointer: a string and an ObjectId
}

/** The types used by name. */
export const TYPES = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regularExpression: 0x0b,
  int32: 0x10,
} as const

/** The bytes of each element (or just one) by key: type, name and value. */
export function elementsOf(document: Buffer, only?: string): Map<string, Buffer> {
  const elements = new Map<string, Buffer>()
  let at = 4 // behind the document's own length
  while (document[at] !== 0) {
    const nameEnd = document.indexOf(0, at + 1)
    const end = nameEnd + 1 + sizeOfValue(document, document[at] as number, nameEnd + 1)
    const name = document.toString('utf8', at + 1, nameEnd)
    if (name === (only ?? name)) elements.set(name, document.subarray(at, end))
    if (name === only) break
    at = end
  }
  return elements
}

/** The bytes of the field's element; undefined if there is none. Reads no further than that. */
export function elementNamed(field: string, document: Buffer): Buffer | undefined {
  return elementsOf(document, field).get(field)
}

/** The string in the field; undefined if there is none. */
export function textOf(bytes: Uint8Array, field: string): string | undefined {
  const document = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const element = elementNamed(field, document)
  if (element?.[0] !== TYPES.string) return undefined
  return element.toString('utf8', element.indexOf(0, 1) + 5, element.length - 1)
}

/** The element's value if that is a document. */
export function documentIn(element: Buffer | undefined): Buffer | undefined {
  if (element?.[0] !== TYPES.document) return undefined
  return element.subarray(element.indexOf(0, 1) + 1)
}

/** A document made from these elements. */
export function documentOf(...elements: readonly Buffer[]): Buffer {
  const document = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.alloc(1)])
  document.writeInt32LE(document.length, 0)
  return document
}

export const EMPTY_DOCUMENT: Buffer = documentOf()

/** The size in bytes of the value at `at`. */
export function sizeOfValue(document: Buffer, type: number, at: number): number {
  const fixed = FIXED[type]
  if (fixed !== undefined) return fixed
  if (type === TYPES.regularExpression) {
    return document.indexOf(0, document.indexOf(0, at) + 1) + 1 - at
  }
  const measured = MEASURED[type]
  if (measured === undefined) throw new RangeError(`BSON has no type ${type}`)
  return measured + document.readInt32LE(at)
}
