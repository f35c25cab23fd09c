/** What a session cannot hold is refused before anything is written, wherever in it it stands. */
import { inspect } from 'node:util'
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { FORM_NAMES, twoStores } from '../support/model/forms'
import { objectOf } from '../support/payloads'
import { closedLater, newConnection, newStore, sessionData } from '../support/server'

const SECRET = 'hunter2-token'

const throwing = (thrown: unknown) => () => {
  throw thrown
}

function circular(): object {
  const object: Record<string, unknown> = {}
  object.list = [object]
  return object
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Another one each time it is asked. */
const endless = (): object => ({ toJSON: endless })

const hostile = Object.defineProperty({}, 'name', { get: throwing(new Error(SECRET)) })

const REFUSED: Record<string, () => unknown> = {
  'a BigInt': () => 1n,
  'a list of BigInts': () => new BigInt64Array(1),
  'a cycle': circular,
  'a getter that throws': () =>
    Object.defineProperty({}, 'a', { get: throwing(SECRET), enumerable: true }),
  'a toJSON that throws': () => ({ toJSON: throwing(new Error(SECRET)) }),
  'a toJSON that throws what throws': () => ({ toJSON: throwing(hostile) }),
  'a toJSON that throws data': () => ({
    toJSON: throwing({ name: SECRET, code: 1, codeName: SECRET }),
  }),
  'a toBSON that throws': () => ({ toBSON: throwing(new Error(SECRET)) }),
  'a toJSON that gives a BigInt': () => ({ toJSON: () => 1n }),
  'a toJSON without an end': endless,
  'a proxy that is revoked': revoked,
  'a Map whose key has no text': () => new Map([[Object.create(null), 1]]),
  'a Map of keys with one text': () =>
    new Map<unknown, unknown>([
      [{ a: 1 }, 1],
      [{ b: 2 }, 2],
    ]),
  'a Map of a number and its text': () =>
    new Map<unknown, unknown>([
      [1, 1],
      ['1', 2],
    ]),
  'a Date that is none': () => Object.create(Date.prototype),
  'a key with NUL': () => ({ [`${SECRET}\0`]: 1 }),
  'a key of BSON': () => ({ _bsontype: 'Code', code: SECRET }),
}

/** The value at a random place: below keys, in lists, Maps and Sets, or what a `toJSON` gives. */
const places: fc.Arbitrary<(value: unknown) => unknown> = fc
  .array(
    fc.constantFrom<(value: unknown) => unknown>(
      (value) => ({ before: 1, value }),
      (value) => [1, value],
      (value) => new Map([['a.b', value]]),
      (value) => new Set([value]),
      (value) => ({ toJSON: () => value }),
      (value) => objectOf([['__proto__', value]]),
    ),
    { maxLength: 6 },
  )
  .map((wrappers) => (value) => wrappers.reduce((inner, wrap) => wrap(inner), value))

describe.each(FORM_NAMES)('%s', (form) => {
  it('nothing is written, of a new session or a loaded one; its neighbours are', async () => {
    const [store, other] = twoStores(form, await newConnection()).map(closedLater)
    const refused = fc.constantFrom(...Object.keys(REFUSED))
    const isRefused = fc.asyncProperty(refused, places, async (name, place) => {
      await store!.set('loaded', sessionData({ views: 1 }))
      const loaded = (await store!.get('loaded'))! as unknown as Record<string, unknown>
      const found = await store!.collection.findOne({ _id: 'loaded' as never })
      Object.assign(loaded, { views: 2, value: place(REFUSED[name]!()) })
      const outcomes = await Promise.allSettled([
        store!.set('before', sessionData({ views: 1 })),
        store!.set('new', sessionData({ value: place(REFUSED[name]!()) })),
        store!.set('loaded', loaded as never),
        store!.set('after', sessionData({ views: 1 })),
      ])
      const codes = outcomes.map((outcome) =>
        outcome.status === 'rejected' ? outcome.reason.code : 'done',
      )
      const code = 'ERR_MONGODB_STORE_SESSION'
      expect(codes).toEqual(['done', code, code, 'done'])
      expect(inspect(outcomes, { depth: Infinity, showHidden: true })).not.toContain(SECRET)
      expect(await other!.get('new')).toBeNull()
      expect(await store!.collection.findOne({ _id: 'loaded' as never })).toEqual(found)
      expect(await other!.get('before')).toMatchObject({ views: 1 })
      expect(await other!.get('after')).toMatchObject({ views: 1 })
      await store!.clear()
    })
    const each = Object.keys(REFUSED).map((name): [string, (value: unknown) => unknown] => [
      name,
      (value) => value,
    ])
    await fc.assert(isRefused, { numRuns: 40, examples: each })
  })
})

it.each<[string, unknown, unknown]>([
  ['undefined', undefined, undefined],
  ['nothing', null, null],
  ['a function', () => 1, undefined],
  ['a symbol', Symbol('a'), undefined],
  ['a text', 'text', 'text'],
  ['a Date', new Date(5), new Date(5)],
  ['a Map', new Map([['a', new Set([1])]]), { a: [1] }],
])('a toJSON that gives %s', async (_name, given, expected) => {
  const store = newStore()
  await store.set('a', sessionData({ value: { toJSON: () => given }, b: 1 }))
  const found = (await store.get('a')) as unknown as Record<string, unknown>
  expect([found.value, 'value' in found]).toEqual([expected, expected !== undefined])
})

it('a toJSON that gives its own object leaves it as it is, without functions', async () => {
  const store = newStore()
  const value = {
    a: 1,
    toJSON(): unknown {
      return this
    },
  }
  await store.set('a', sessionData({ value }))
  expect(await store.get('a')).toMatchObject({ value: { a: 1 } })
})

it.each<[string, RegExp, () => unknown]>([
  [
    'a value of another major version of BSON',
    /BSONVersionError: .*another Mongoose version/,
    () => {
      const version = { [Symbol.for('@@mdb.bson.version')]: { value: 1 } }
      return Object.create(mongo.ObjectId.prototype, version)
    },
  ],
  ['a regular expression with NUL', /BSONError$/, () => new RegExp(`${SECRET}\0`)],
])('%s fails alone, of a new session or a loaded one', async (_name, message, value) => {
  const store = newStore()
  await store.set('c', sessionData())
  const loaded = Object.assign((await store.get('c'))!, { value: value() })
  const outcomes = await Promise.allSettled([
    store.set('a', sessionData()),
    store.set('b', sessionData({ value: value(), token: SECRET })),
    store.set('c', loaded),
  ])
  const refused = {
    status: 'rejected',
    reason: { code: 'ERR_MONGODB_STORE_SESSION', message: expect.stringMatching(message) },
  }
  expect(outcomes).toMatchObject([{ status: 'fulfilled' }, refused, refused])
  expect(inspect(outcomes)).not.toContain(SECRET)
  expect(await store.length()).toBe(2)
})
