/** A session as plain data. */
import { statSync } from 'node:fs'
import vm from 'node:vm'
import mongoose from 'mongoose'
import * as payload from '../../../src/payload/payload'

const plainCopy = (value: object) => payload.plainCopy(value) as Record<string, unknown>
const copyOf = (value: unknown) => plainCopy({ value }).value

describe('plainCopy', () => {
  it('shares nothing that can be changed', () => {
    const original = { list: [{ a: 1 }], date: new Date(0), bytes: Buffer.from('ab') }
    const copy = plainCopy(original)
    expect(copy).toEqual(original)
    expect(copy.list).not.toBe(original.list)
    expect((copy.list as object[])[0]).not.toBe(original.list[0])
    expect(copy.date).not.toBe(original.date)
    expect(copy.bytes).not.toBe(original.bytes)
  })

  it.each<[string, unknown, unknown]>([
    ['NaN', Number.NaN, Number.NaN],
    ['minus zero', -0, -0],
    ['an invalid date as null', new Date(Number.NaN), null],
    ['a Map as an object', new Map([['a', new Map([[1, 2]])]]), { a: { 1: 2 } }],
    ['a Set as a list', new Set([1, 'a']), [1, 'a']],
    ['a typed array as a list', new Float32Array([1, 2]), [1, 2]],
    ['a DataView as its bytes', new DataView(new Uint8Array([1, 2, 3]).buffer, 1), Buffer.of(2, 3)],
    [
      'undefined, functions and symbols in a list as null',
      [undefined, () => 1, Symbol('a')],
      [null, null, null],
    ],
    ['what has a toJSON by that', { toJSON: () => ({ a: 1 }) }, { a: 1 }],
    [
      'a class instance by its own fields',
      new (class A {
        a = 1
      })(),
      { a: 1 },
    ], // prettier-ignore
    ['an Error by its own fields', Object.assign(new Error('x'), { a: 1 }), { a: 1 }],
    ['a URL by its toJSON', new URL('http://a/b'), 'http://a/b'],
    ['a regular expression', /a/g, /a/g],
  ])('stores %s', (_name, value, expected) => {
    expect(copyOf(value)).toEqual(expected)
  })

  it('leaves out what is undefined, a function or a symbol', () => {
    expect(plainCopy({ a: undefined, b: () => 1, c: Symbol('c'), d: 1 })).toEqual({ d: 1 })
  })

  it('keeps ObjectIds and other BSON types as they are', () => {
    const id = new mongoose.Types.ObjectId()
    const amount = mongoose.Types.Decimal128.fromString('1.50')
    expect(plainCopy({ id, amount })).toEqual({ id, amount })
  })

  it('keeps the types within a Mongoose document', () => {
    const User = mongoose.model('PayloadUser', new mongoose.Schema({ name: String, born: Date }))
    const born = new Date(0)
    const user = new User({ name: 'ann', born })
    expect(copyOf(user)).toEqual({ _id: user._id, name: 'ann', born })
  })

  it('writes half a surrogate pair in a key as the store would', () => {
    expect(plainCopy({ 'a\ud800': 1, '😀': 2 })).toEqual({ 'a\ufffd': 1, '😀': 2 })
  })

  it('evaluates a getter once', () => {
    let calls = 0
    const copy = plainCopy({
      get a() {
        return ++calls
      },
    })
    expect([copy.a, copy.a, calls]).toEqual([1, 1, 1])
  })

  it('makes data of keys that mean something to objects, and changes no prototype', () => {
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "constructor": {"prototype": {"y": 1}}}')
    const copy = plainCopy(hostile)
    expect(Object.keys(copy)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(({} as { x?: number; y?: number }).x).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['new Map([["a", new Set([1])]])', { a: [1] }],
    ['new Date(5)', new Date(5)],
    ['new Date(NaN)', null],
    ['/a/g', /a/g],
    ['new Uint8Array([1, 2])', Buffer.of(1, 2)],
    ['new Float32Array([1])', [1]],
    ['new ArrayBuffer(2)', Buffer.alloc(2)],
    ['({ a: [{ b: 1 }] })', { a: [{ b: 1 }] }],
  ])('stores %s of another realm as what it is', (code, expected) => {
    const copy = copyOf(vm.runInNewContext(code))
    expect(copy).toEqual(expected)
    if (expected !== null) expect(copy).toBeInstanceOf((expected as object).constructor)
  })

  it('stores what Node gives as what it is', () => {
    expect(copyOf(statSync(__filename).mtime)).toBeInstanceOf(Date)
    expect(copyOf(structuredClone(new Map([['a', 1]])))).toEqual({ a: 1 })
  })

  it.each([Map, Set, Array, Date])('asks a subclass of %p for its own toJSON', (Class) => {
    class Own extends (Class as new () => object) {
      toJSON() {
        return { own: true }
      }
    }
    expect(copyOf(new Own())).toEqual({ own: true })
    expect(plainCopy(new Own())).toEqual({ own: true })
  })

  it('stores a subclass of Date without a toJSON of its own as a Date', () => {
    class Day extends Date {}
    expect(copyOf(new Day(5))).toEqual(new Date(5))
  })

  it('copies the bytes of a Binary, and keeps its class', () => {
    const [binary, uuid] = [new mongoose.mongo.Binary(Buffer.from('ab')), new mongoose.mongo.UUID()]
    const copy = plainCopy({ binary, uuid })
    expect(copy).toEqual({ binary, uuid })
    expect(copy.uuid).toBeInstanceOf(mongoose.mongo.UUID)
    binary.buffer[0] = 0
    expect(copy.binary).toEqual(new mongoose.mongo.Binary(Buffer.from('ab')))
  })

  it('copies a Code with its scope', () => {
    const code = new mongoose.mongo.Code('x', { a: [1] })
    const copy = copyOf(code)
    code.code = 'y'
    code.scope!.a.push(2)
    expect(copy).toEqual(new mongoose.mongo.Code('x', { a: [1] }))
  })
})
