/** What changed between two states of a session, as far as that shows without serializing them. */
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { documentOf, elementsOf } from '../../../src/payload/bson-elements'
import {
  canMergeKeys,
  changesBetween,
  changesInOrder,
  isSameValue,
} from '../../../src/payload/changes'
import { storedValue } from '../../support/random-values'

const serialize = (document: object) => Buffer.from(mongo.BSON.serialize(document))

const state = (values: Record<string, string>) => new Map(Object.entries(values))
const isSame = (a: string, b: unknown) => a === b

describe('changesBetween', () => {
  it('names what is new, what differs and what is gone, and nothing else', () => {
    const before = state({ same: '1', other: '1', gone: '1' })
    const after = { same: '1', other: '2', fresh: '1' }
    expect(changesBetween(before, after, isSame)).toEqual({
      changed: ['other', 'fresh'],
      removed: ['gone'],
    })
  })

  it('is empty between equal states', () => {
    expect(changesBetween(state({ a: '1' }), { a: '1' }, isSame)).toEqual({
      changed: [],
      removed: [],
    })
  })
})

describe('changesInOrder', () => {
  const isStored = (element: Buffer, value: unknown, key: string) =>
    documentOf(element).equals(serialize({ [key]: value }))
  const changes = (before: object, after: Record<string, unknown>) =>
    changesInOrder(serialize(before), after, isStored)

  it('names the same changes as a comparison by key, or leaves them open', () => {
    const session = fc.dictionary(
      fc.constantFrom('a', 'b', 'bc', 'ü', '1', '__proto_'),
      storedValue,
    )
    fc.assert(
      fc.property(session, session, (before, after) => {
        const found = changes(before, after)
        const sure = (element: Buffer, value: unknown, key: string) =>
          isSameValue(element, value) ?? isStored(element, value, key)
        const all = changesBetween(elementsOf(serialize(before)), after, sure)
        if (found) expect(found).toEqual(all)
      }),
      { numRuns: 2000 },
    )
  })

  it.each<[string, object, Record<string, unknown>, string[]]>([
    ['nothing changed', { a: 1, b: 'x' }, { a: 1, b: 'x' }, []],
    ['values changed', { a: 1, b: 'x', c: [1] }, { a: 2, b: 'x', c: [2] }, ['a', 'c']],
    ['keys are new', { a: 1 }, { a: 1, b: 2, c: 3 }, ['b', 'c']],
    ['a value is of another type', { a: 1 }, { a: '1' }, ['a']],
    ['all is new', {}, { a: 1 }, ['a']],
  ])('is sure if %s', (_what, before, after, changed) => {
    expect(changes(before, after)).toEqual({ changed, removed: [] })
  })

  it.each<[string, object, Record<string, unknown>]>([
    ['a key is gone', { a: 1, b: 2 }, { b: 2 }],
    ['the last key is gone', { a: 1, b: 2 }, { a: 1 }],
    ['all keys are gone', { a: 1 }, {}],
    ['the order is another', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a key is not ASCII', { ü: 1 }, { ü: 1 }],
    ['a key begins as another', { ab: 1 }, { a: 1 }],
  ])('leaves it open if %s', (_what, before, after) => {
    expect(changes(before, after)).toBeUndefined()
  })
})

describe('canMergeKeys', () => {
  it.each(['a.b', '.', '$set', '$', ''])('does not hold for the key %j', (key) => {
    expect(canMergeKeys({ changed: [key], removed: [] })).toBe(false)
    expect(canMergeKeys({ changed: [], removed: [key] })).toBe(false)
  })

  it.each(['a', 'a$', '0', '__proto__', 'ü', ' '])('holds for the key %j', (key) => {
    expect(canMergeKeys({ changed: [key], removed: [key] })).toBe(true)
  })
})

const elementOf = (value: unknown, key = 'key') => elementsOf(serialize({ [key]: value })).get(key)!

/** Slower, and always sure: by what the stored value is once it has been read. */
function areStoredSame(stored: Buffer, value: unknown): boolean {
  const { key } = mongo.BSON.deserialize(documentOf(stored), { promoteBuffers: true })
  return serialize({ key }).equals(serialize({ key: value }))
}

describe('isSameValue', () => {
  it('never says anything else than what is so', () => {
    fc.assert(
      fc.property(storedValue, storedValue, (one, other) => {
        for (const value of [one, other]) {
          const verdict = isSameValue(elementOf(one), value)
          if (verdict !== undefined) expect(verdict).toBe(areStoredSame(elementOf(one), value))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is sure of a value that has not changed', () => {
    const usual = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.date({ noInvalidDate: true }),
    )
    const session = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(usual, fc.array(usual)))
    fc.assert(
      fc.property(session, (value) => expect(isSameValue(elementOf(value), value)).toBe(true)),
    )
  })

  it.each<[string, unknown, unknown]>([
    ['text of the same length', 'one', 'two'],
    ['longer text', 'one', 'one more'],
    ['long text', 'a'.repeat(100), `${'a'.repeat(99)}b`],
    ['a number', 5, 6],
    ['a boolean', true, false],
    ['a date', new Date(1), new Date(2 ** 40)],
    ['the part of an object', { a: { b: 1, c: [1, 'x'] } }, { a: { b: 1, c: [1, 'y'] } }],
    ['an object with a key more', { a: 1 }, { a: 1, b: 2 }],
    ['an object with a key less', { a: 1, b: 2 }, { a: 1 }],
    ['a list with an item more', [1], [1, 2]],
    ['a list with an item less', [1, 2], [1]],
  ])('is sure of %s that differs', (_what, before, after) => {
    expect(isSameValue(elementOf(before), after)).toBe(false)
  })

  it.each<[string, Buffer, unknown]>([
    ['a number of whichever type', elementOf(new mongo.BSON.Double(5)), 5],
    ['zero as a double', elementOf(new mongo.BSON.Double(0)), 0],
    ['minus zero', elementOf(-0), -0],
    ['a date before 1970', elementOf(new Date(-1)), new Date(-1)],
    ['text that is not ASCII', elementOf('Grüße, 世界'), 'Grüße, 世界'],
    ['the elements of a list, whatever their names', listOf({ x: 1, y: 2 }), [1, 2]],
    ['a value under a key that is not ASCII', elementOf(1, 'ü'), 1],
  ])('is sure of %s', (_what, element, value) => {
    expect(isSameValue(element, value)).toBe(true)
  })

  it.each<[string, Buffer, unknown]>([
    ['a value of another type', elementOf('5'), 5],
    ['a value of BSON alone', elementOf(new mongo.BSON.ObjectId()), new mongo.BSON.ObjectId()],
    ['another order of the keys', elementOf({ a: 1, b: 2 }), { b: 2, a: 1 }],
    ['a key that is not ASCII', elementOf({ ü: 1 }), { ü: 1 }],
    ['a key that begins as another', elementOf({ ab: 1 }), { a: 1 }],
    ['half a surrogate pair', elementOf('\ud800'), '\ud800'],
  ])('leaves %s open', (_what, element, value) => {
    expect(isSameValue(element, value)).toBeUndefined()
  })
})

/** A list as another program may have written it, with other names than 0, 1 and so on. */
function listOf(elements: object): Buffer {
  const element = elementOf(elements)
  element[0] = 0x04
  return element
}
