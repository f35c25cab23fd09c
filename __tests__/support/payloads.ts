/** Random data for a session, each value together with what is documented to come back of it. */
import fc from 'fast-check'
import mongoose, { mongo } from 'mongoose'

const { ObjectId, Decimal128 } = mongo

/** Instead of a value that is left out. */
const ABSENT = Symbol('absent')

/** A value, and what the store must return for it. */
interface Pair {
  readonly value: unknown
  readonly expected: unknown
}

type Pairs = fc.Arbitrary<Pair>

const same = <T>(values: fc.Arbitrary<T>): Pairs =>
  values.map((value) => ({ value, expected: value }))

const turned = <T>(values: fc.Arbitrary<T>, expected: (value: T) => unknown): Pairs =>
  values.map((value) => ({ value, expected: expected(value) }))

/** UTF-8 has no half of a surrogate pair. */
const asUtf8 = (text: string) => Buffer.from(text).toString()

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('\ud800', 'a\udfff', '\0', '😀', '$set', 'a.b'),
)
/** So short that `util.inspect` shows all of them. */
const bytes = fc.uint8Array({ maxLength: 20 })

const User = mongoose.model(
  'PayloadsUser',
  new mongoose.Schema({ name: String, born: Date, friends: [{ name: String }] }),
)

class Point {
  readonly x: number
  readonly #hidden = 1
  constructor(x: number) {
    this.x = x
  }
  get double() {
    return this.x * 2 * this.#hidden
  }
}

const leaves: Record<string, Pairs> = {
  null: same(fc.constant(null)),
  boolean: same(fc.boolean()),
  number: same(
    fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, Number.NaN, 2 ** 53, -(2 ** 31) - 1)),
  ),
  text: turned(text, asUtf8),
  date: turned(fc.date({ noInvalidDate: false }), (date) =>
    Number.isNaN(date.getTime()) ? null : new Date(date),
  ),
  objectId: same(fc.uint8Array({ minLength: 12, maxLength: 12 }).map((id) => new ObjectId(id))),
  decimal: same(fc.integer().map((n) => Decimal128.fromString(`${n}.50`))),
  buffer: turned(bytes.map(Buffer.from), (value) => Buffer.from(value)),
  uint8Array: turned(bytes, (value) => Buffer.from(value)),
  arrayBuffer: turned(bytes, (value) => Buffer.from(value)).map(({ value, expected }) => ({
    value: Uint8Array.from(value as Uint8Array).buffer,
    expected,
  })),
  dataView: turned(bytes, (value) => Buffer.from(value)).map(({ value, expected }) => ({
    value: new DataView(Uint8Array.from(value as Uint8Array).buffer),
    expected,
  })),
  typedArray: turned(fc.oneof(fc.int16Array(), fc.float32Array(), fc.uint8ClampedArray()), (list) =>
    Array.from(list),
  ),
  regularExpression: same(fc.constantFrom(/a+/, /[bß]/i, /^c$/gim)),
  leftOut: turned(
    fc.constantFrom<unknown>(undefined, () => 1, Symbol('a')),
    () => ABSENT,
  ),
  instance: turned(fc.integer(), (x) => ({ x })).map(({ value, expected }) => ({
    value: new Point(value as number),
    expected,
  })),
  document: fc.date({ noInvalidDate: true }).map((born) => {
    const value = new User({ name: 'ada', born, friends: [{ name: 'bob' }] })
    const friends = [{ name: 'bob', _id: value.friends[0]!._id }]
    return { value, expected: { _id: value._id, name: 'ada', born, friends } }
  }),
  url: turned(fc.constant('http://a/b'), (href) => href).map(({ expected }) => ({
    value: new URL(expected as string),
    expected,
  })),
}

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'),
  fc.constantFrom('a.b', '.', '$set', '$ref', '', 'a\ud800', '0', '-1', 'length', 'session'),
  fc.string({ unit: 'binary', maxLength: 5 }).filter((name) => !name.includes('\0')),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 2 }),
)

/** One entry for each key, as it is stored: two of them may be the same there. */
const entries = (pairs: Pairs): fc.Arbitrary<[string, Pair][]> =>
  fc.uniqueArray(fc.tuple(key, pairs), { selector: ([name]) => asUtf8(name), maxLength: 6 })

/** Own keys all of them, whatever they are called. */
export function objectOf(properties: Iterable<readonly [string, unknown]>): object {
  const object = {}
  for (const [name, value] of properties) {
    const property = { value, configurable: true, enumerable: true, writable: true }
    Object.defineProperty(object, name, property)
  }
  return object
}

const expectedOf = (list: [string, Pair][]) =>
  objectOf(
    list
      .filter(([, { expected }]) => expected !== ABSENT)
      .map(([name, { expected }]) => [asUtf8(name), expected]),
  )

const valuesOf = (list: [string, Pair][]) => list.map(([name, pair]) => [name, pair.value] as const)

const inList = (expected: unknown) => (expected === ABSENT ? null : expected)

/** A key that is no text, and the text that it is stored as. */
const keyOfMap: fc.Arbitrary<readonly [unknown, string]> = fc
  .oneof(
    fc.integer(),
    fc.constantFrom(0.5, Number.NaN),
    fc.boolean(),
    fc.bigInt(),
    fc.constantFrom<unknown>(null, undefined, new ObjectId('0123456789abcdef01234567')),
    fc.array(fc.integer(), { maxLength: 2 }),
    fc.integer().map((n) => ({ toString: () => `key ${n}` })),
  )
  .map((name) => [name, String(name)])

const { any } = fc.letrec<{ any: Pair }>((tie) => {
  const list = fc.array(tie('any'), { maxLength: 4 })
  const properties = entries(tie('any'))
  return {
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      ...Object.values(leaves),
      properties.map((all) => ({ value: objectOf(valuesOf(all)), expected: expectedOf(all) })),
      properties.map((all) => ({ value: new Map(valuesOf(all)), expected: expectedOf(all) })),
      properties.map((all) => ({
        value: Object.freeze(withGetters(valuesOf(all))),
        expected: expectedOf(all),
      })),
      fc.array(fc.tuple(keyOfMap, tie('any')), { maxLength: 4 }).map((all) => {
        // By the text that is stored, of which two keys may not have the same
        const byText = new Map(all.map(([[name, text], pair]) => [text, { name, pair }] as const))
        const value = new Map([...byText.values()].map(({ name, pair }) => [name, pair.value]))
        const pairs = [...byText].map(([text, { pair }]): [string, Pair] => [text, pair])
        return { value, expected: expectedOf(pairs) }
      }),
      properties.map((all) => ({
        value: Object.assign(objectOf(valuesOf(all)), {
          [Symbol('left out')]: 1,
          [Symbol.iterator]: 1,
        }),
        expected: expectedOf(all),
      })),
      list.map((all) => ({
        value: all.map(({ value }) => value),
        expected: all.map(({ expected }) => inList(expected)),
      })),
      fc.uniqueArray(fc.integer(), { maxLength: 4 }).map((all) => ({
        value: new Set(all),
        expected: all,
      })),
      tie('any').map(({ value, expected }) => ({ value: { toJSON: () => value }, expected })),
      tie('any').map(({ value, expected }) => ({
        value: Object.assign(new Point(1), { toBSON: () => value, toJSON: () => 'not asked' }),
        expected,
      })),
    ),
  }
})

function withGetters(properties: Iterable<readonly [string, unknown]>): object {
  const object = {}
  for (const [name, value] of properties) {
    Object.defineProperty(object, name, { get: () => value, enumerable: true })
  }
  return object
}

/** The data of a session, without its cookie: the keys with their values, and what comes back. */
export interface Data {
  readonly entries: readonly (readonly [string, unknown])[]
  readonly expected: object
}

export const data: fc.Arbitrary<Data> = entries(any)
  .map((all) => all.filter(([name]) => !['cookie', 'id'].includes(name)))
  .map((all) => ({ entries: valuesOf(all), expected: expectedOf(all) }))
