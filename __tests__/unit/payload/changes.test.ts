/** What changed between two states of a session. */
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { documentOf, elementsOf } from '../../../src/payload/bson-elements'
import { canMergeKeys, changesBetween, changesInOrder } from '../../../src/payload/changes'
import { isSameValue } from '../../../src/payload/same-value'
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
