/** Which stores on one connection share a model, and which have one each. */
import mongoose, { type Connection } from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newConnection,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

const { Schema } = mongoose

let connection: Connection
let collection: string
beforeEach(async () => {
  connection = await newConnection()
  collection = uniqueName()
})

const open = (options: Options) =>
  closedLater(new MongoDBStore({ connection, collection, ...options }))

const many = (last: string) => [...Array.from({ length: 150 }, (_, i) => `plan ${i}`), last]
const atMost = (n: number) => (value: string) => value.length <= n
const validate = atMost(3)
const address = new Schema({ city: String })

const theSame: [string, () => Options['schema']][] = [
  ['no fields', () => undefined],
  ['a field', () => ({ userId: String })],
  ['an index', () => ({ userId: { type: Date, index: { expires: '1d' }, unique: true } })],
  ['a long list', () => ({ plan: { type: String, enum: many('gold') } })],
  ['an expression', () => ({ plan: { type: String, match: [/^a/i, 'no'] } })],
  ['a date', () => ({ since: { type: Date, min: new Date(5) } })],
  ['one function', () => ({ plan: { type: String, validate } })],
  ['one Schema', () => ({ address, others: [address] })],
  ['nested fields', () => ({ a: { b: { c: { d: { e: { f: { g: { h: { i: String } } } } } } } } })],
]

const different: [string, Options['schema'], Options['schema']][] = [
  ['a type', { userId: String }, { userId: Number }],
  ['an index', { userId: { type: String } }, { userId: { type: String, index: true } }],
  [
    'the text of a function',
    { plan: { type: String, validate: (plan: string) => plan !== 'a' } },
    { plan: { type: String, validate: (plan: string) => plan !== 'b' } },
  ],
  [
    'what a function has closed over',
    { plan: { type: String, validate: atMost(3) } },
    { plan: { type: String, validate: atMost(5) } },
  ],
  [
    'a getter',
    { plan: { type: String, get: atMost(3) } },
    { plan: { type: String, get: atMost(5) } },
  ],
  [
    'the last item of a long list',
    { plan: { type: String, enum: many('gold') } },
    { plan: { type: String, enum: many('silver') } },
  ],
  [
    'an expression',
    { plan: { type: String, match: /a/ } },
    { plan: { type: String, match: /a/i } },
  ],
  [
    'a Schema',
    { address: new Schema({ city: String }) },
    { address: new Schema({ city: String }) },
  ],
  [
    'what is nine levels down',
    { a: { b: { c: { d: { e: { f: { g: { h: { i: String } } } } } } } } },
    { a: { b: { c: { d: { e: { f: { g: { h: { i: Number } } } } } } } } },
  ],
]

it.each(theSame)('two with %s share one', (_name, schema) => {
  expect(open({ schema: schema() }).model).toBe(open({ schema: schema() }).model)
})

it('two with the same object share one, whatever Mongoose writes into its own', () => {
  const schema = { seen: { type: Date, index: { expires: '1d' } } }
  expect(open({ schema }).model).toBe(open({ schema }).model)
  expect(schema).toEqual({ seen: { type: Date, index: { expires: '1d' } } })
})

it('two with one object that the app changes in between have one each', () => {
  const schema = { plan: { type: String, enum: ['gold'] } }
  const first = open({ schema })
  schema.plan.enum.push('silver')
  const second = open({ schema })
  expect(first.model).not.toBe(second.model)
  expect(open({ schema }).model).toBe(second.model)
})

it.each(different)('two that differ in %s have one each', (_name, one, other) => {
  const [first, second] = [open({ schema: one }), open({ schema: other })]
  expect(first.model).not.toBe(second.model)
  expect(open({ schema: one }).model).toBe(first.model)
  expect(open({ schema: other }).model).toBe(second.model)
})

it('each store refuses what its own validator refuses', async () => {
  const withLimit = (n: number) => {
    const schema = { plan: { type: String, validate: atMost(n) } }
    const fields = (session: unknown) => ({ plan: (session as { plan: string }).plan })
    return open({ schema, fields })
  }
  const [strict, lax] = [withLimit(3), withLimit(5)]
  await lax.set('a', sessionData({ plan: 'gold' }))
  const refused = expect.objectContaining({ code: 'ERR_MONGODB_STORE_SESSION' })
  await expect(strict.set('b', sessionData({ plan: 'gold' }))).rejects.toEqual(refused)
  expect(await lax.length()).toBe(1)
})

it('any number of them that differ need no naming', async () => {
  const stores = Array.from({ length: 10 }, (_, i) => open({ schema: { [`field${i}`]: String } }))
  const names = stores.map(({ model }) => model.modelName)
  expect(new Set(names).size).toBe(10)
  await stores[9]!.set('a', sessionData({ views: 1 }))
  expect(await stores[0]!.get('a')).toMatchObject({ views: 1 })
})

it('two that differ cannot have one name, and the error says what to do', () => {
  const named = (validate: () => boolean) =>
    open({ modelName: 'Visit', schema: { plan: { type: String, validate } } })
  named(() => true)
  expect(() => named(() => true)).toThrow(
    expect.objectContaining({
      code: 'ERR_MONGODB_STORE_MODEL_NAME',
      message: expect.stringMatching(
        /"Visit" belongs to a store with another `schema`: .*define it once.*`modelName`/,
      ),
    }),
  )
})
