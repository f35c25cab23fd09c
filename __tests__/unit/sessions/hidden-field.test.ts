/** Values that are kept with objects of others. */
import { inspect } from 'node:util'
import { HiddenField } from '../../../src/sessions/hidden-field'

it('an object has the value that was set last, and none before', () => {
  const field = new HiddenField<string>()
  const object = { a: 1 }
  expect(field.get(object)).toBeUndefined()
  field.set(object, 'first')
  field.set(object, 'second')
  expect(field.get(object)).toBe('second')
  expect(field.get({ a: 1 })).toBeUndefined()
  field.set(object, undefined)
  expect(field.get(object)).toBeUndefined()
})

it('two fields of one object know nothing of each other', () => {
  const [one, other] = [new HiddenField<string>(), new HiddenField<string>()]
  const object = {}
  one.set(object, 'one')
  expect(other.get(object)).toBeUndefined()
  other.set(object, 'other')
  expect([one.get(object), other.get(object)]).toEqual(['one', 'other'])
})

it('nothing of it can be seen', () => {
  const field = new HiddenField<string>()
  const object = Object.assign(Object.create(null), { a: 1 })
  field.set(object, 'hidden')
  expect(Reflect.ownKeys(object)).toEqual(['a'])
  expect(Object.getPrototypeOf(object)).toBeNull()
  expect(inspect(object, { showHidden: true })).not.toContain('hidden')
  expect(JSON.stringify(object)).toBe('{"a":1}')
  expect(field.get(structuredClone(object))).toBeUndefined()
  expect(field.get({ ...object })).toBeUndefined()
  expect(field.get(Object.create(object))).toBeUndefined()
})

it.each<[string, () => object, (object: object) => void]>([
  ['is frozen', () => Object.freeze({ a: 1 }), () => {}],
  ['is frozen later', () => ({ a: 1 }), Object.freeze],
  ['is a function', () => () => {}, () => {}],
  ['is a proxy that refuses everything', refusing, () => {}],
])('an object that %s has its value as well', (_what, make, change) => {
  const field = new HiddenField<string>()
  const object = make()
  field.set(object, 'first')
  change(object)
  field.set(object, 'second')
  expect(field.get(object)).toBe('second')
  field.set(object, undefined)
  expect(field.get(object)).toBeUndefined()
})

/** No trap of it may be called. */
function refusing(): object {
  const refuse = () => {
    throw new Error('refused')
  }
  const traps = Reflect.ownKeys(Reflect).map((name) => [name, refuse])
  return new Proxy({}, Object.fromEntries(traps))
}
