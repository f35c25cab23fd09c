/** What changed between two states of a session. */
import { canMergeKeys, changesBetween } from '../../../src/payload/changes'

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

describe('canMergeKeys', () => {
  it.each(['a.b', '.', '$set', '$', ''])('does not hold for the key %j', (key) => {
    expect(canMergeKeys({ changed: [key], removed: [] })).toBe(false)
    expect(canMergeKeys({ changed: [], removed: [key] })).toBe(false)
  })

  it.each(['a', 'a$', '0', '__proto__', 'ü', ' '])('holds for the key %j', (key) => {
    expect(canMergeKeys({ changed: [key], removed: [key] })).toBe(true)
  })
})
