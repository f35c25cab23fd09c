/** The parts of a BSON document, found without decoding it. */
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { documentIn, documentOf, elementsOf, textOf } from '../../../src/payload/bson-elements'

const { BSON } = mongo
const serialize = (document: object) => Buffer.from(BSON.serialize(document))

/** One value of every type that there is. */
const everyType = {
  double: 1.5,
  string: 'Grüße, 世界',
  document: { nested: { deep: [1] } },
  list: [1, 'two', { three: 3 }],
  binary: Buffer.from('bytes'),
  oldBinary: new BSON.Binary(Buffer.from('bytes'), 2),
  uuid: new BSON.UUID(),
  objectId: new BSON.ObjectId(),
  yes: true,
  date: new Date(0),
  null: null,
  regex: /a+b/gi,
  bsonRegExp: new BSON.BSONRegExp('a', 'im'),
  code: new BSON.Code('return 1'),
  codeWithScope: new BSON.Code('return x', { x: 1 }),
  symbol: new BSON.BSONSymbol('s'),
  int: 5,
  timestamp: new BSON.Timestamp({ t: 1, i: 2 }),
  long: BSON.Long.fromString('9007199254740993'),
  decimal: BSON.Decimal128.fromString('1.50'),
  min: new BSON.MinKey(),
  max: new BSON.MaxKey(),
  reference: new BSON.DBRef('c', new BSON.ObjectId()),
  '': 'the empty key',
  'ü.$': 1,
}

describe('elementsOf', () => {
  it('finds the element of every type', () => {
    const elements = elementsOf(serialize(everyType))
    expect([...elements.keys()]).toEqual(Object.keys(everyType))
    for (const [key, element] of elements) {
      const alone = serialize({ [key]: everyType[key as keyof typeof everyType] })
      expect([key, documentOf(element).equals(alone)]).toEqual([key, true])
    }
  })

  it('finds nothing in an empty document', () => {
    expect(elementsOf(serialize({})).size).toBe(0)
  })

  it('finds what was put in, whatever it is', () => {
    const key = fc
      .string({ unit: 'binary' })
      .filter((text) => !text.includes('\0') && text !== '__proto__')
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })), (document) => {
        const elements = elementsOf(serialize(document))
        for (const [name, value] of Object.entries(document)) {
          expect(documentOf(elements.get(name)!).equals(serialize({ [name]: value }))).toBe(true)
        }
        expect(elements.size).toBe(Object.keys(document).length)
      }),
    )
  })

  it('says so where there is a type that BSON does not have', () => {
    const document = serialize({ a: 1 })
    document[4] = 0x20
    expect(() => elementsOf(document)).toThrow(RangeError)
  })
})

describe('documentIn', () => {
  it('is the document that is the value, and nothing for other values', () => {
    const elements = elementsOf(serialize({ session: { a: 1 }, text: 'a' }))
    expect(documentIn(elements.get('session'))).toEqual(serialize({ a: 1 }))
    expect(documentIn(elements.get('text'))).toBeUndefined()
    expect(documentIn(undefined)).toBeUndefined()
  })
})

describe('textOf', () => {
  it('finds the text wherever it stands, and nothing that is no text', () => {
    const bytes = serialize({ ...everyType, last: 'ü' })
    expect(textOf(bytes, 'string')).toBe('Grüße, 世界')
    expect(textOf(bytes, '')).toBe('the empty key')
    expect(textOf(bytes, 'last')).toBe('ü')
    expect(textOf(bytes, 'int')).toBeUndefined()
    expect(textOf(bytes, 'nobody')).toBeUndefined()
  })

  it('finds it in a view of other bytes', () => {
    const bytes = serialize({ _id: 'sid' })
    const view = Uint8Array.from(Buffer.concat([Buffer.alloc(7), bytes])).subarray(7)
    expect(textOf(view, '_id')).toBe('sid')
  })
})
