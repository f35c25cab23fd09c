/** Filters that mean something else than they say, given to `destroyMany` and `sessions`. */
import fc from 'fast-check'
import mongoose, { mongo } from 'mongoose'
import {
  closedLater,
  MongoDBStore,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const options: Options = {
  schema: { userId: { type: String } },
  fields: (session) => ({ userId: (session as unknown as { user: string }).user }),
}

async function filled(): Promise<MongoDBStore> {
  const store = newStore(options)
  await Promise.all(
    ['ada', 'bob', 'eve'].map((user) => store.set(user, sessionData({ user, list: [{ a: 1 }] }))),
  )
  return store
}

async function idsOf(store: MongoDBStore, filter: unknown): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.sessions(filter as never)) ids.push(id)
  return ids.sort()
}

const nested = (levels: number, wrap: (inner: object) => object, inner: object): object => {
  let filter = inner
  for (let i = 0; i < levels; i++) filter = wrap(filter)
  return filter
}

function circular(): object {
  const filter: Record<string, unknown> = {}
  filter.$and = [filter]
  return filter
}

const throwing = () => {
  throw new Error('looked at')
}

/** An instance that is stored as something else than what it is. */
class StoredAs {
  readonly #value: unknown
  constructor(value: unknown) {
    this.#value = value
  }
  toBSON() {
    return this.#value
  }
}

class Operators {
  $ne = null
}

const REFUSED: Record<string, () => unknown> = {
  'JavaScript below a field': () => ({ userId: { $where: 'true' } }),
  'JavaScript in $elemMatch': () => ({ 'session.list': { $elemMatch: { $where: 'true' } } }),
  'JavaScript in $not': () => ({ userId: { $not: { $where: 'true' } } }),
  'JavaScript in $nor in $or': () => ({ $or: [{ $nor: [{ $where: 'true' }] }] }),
  'a function below a field': () => ({
    userId: { $function: { body: 'true', args: [], lang: 'js' } },
  }),
  'an expression in $elemMatch': () => ({ 'session.list': { $elemMatch: { $expr: true } } }),
  'an expression in a list': () => ({ userId: { $in: [{ $expr: true }] } }),
  'a comment': () => ({ $comment: 'x', userId: 'ada' }),
  'a text search': () => ({ $text: { $search: 'ada' } }),
  'a schema': () => ({ $jsonSchema: {} }),
  'a key `__proto__`': () => JSON.parse('{"__proto__": {"userId": "ada"}}'),
  'a key `__proto__` in a value': () => JSON.parse('{"userId": {"__proto__": {"$ne": 1}}}'),
  'a key `constructor`': () => JSON.parse('{"constructor": {"prototype": {"a": 1}}}'),
  'a prototype with a condition': () => Object.create({ userId: 'ada' }),
  'a value that plays BSON': () => ({ 'session.user': { _bsontype: 'Code', code: 'true' } }),
  'more than a few $and in another': () =>
    nested(50, (filter) => ({ $and: [filter] }), { userId: 'ada' }),
  'a great many $and in another': () =>
    nested(50_000, (filter) => ({ $and: [filter] }), { userId: 'ada' }),
  'a great many $not in another': () => ({
    userId: nested(50_000, ($not) => ({ $not }), { $eq: 1 }),
  }),
  'a circle': circular,
  'a getter that throws': () => ({
    get userId() {
      return throwing()
    },
  }),
  'a Proxy that throws': () => new Proxy({}, { ownKeys: throwing }),
  'an instance that is stored as an operator': () => ({
    'session.user': new StoredAs({ $ne: null }),
  }),
  'an instance that is stored as one that is': () => ({
    'session.user': new StoredAs(new StoredAs({ $ne: null })),
  }),
  'an instance that is stored as an operator below': () => ({
    'session.list': { $elemMatch: new StoredAs({ a: { $ne: null } }) },
  }),
  'an instance that is stored as nothing': () => ({ 'session.user': new StoredAs(undefined) }),
  'an instance that holds an operator': () => ({ 'session.user': new Operators() }),
  'an instance with an operator in $not': () => ({
    'session.user': { $not: new StoredAs({ $eq: 1 }) },
  }),
  'a Map of an operator': () => ({ 'session.user': new Map([['$ne', null]]) }),
  'a Map': () => ({ 'session.user': new Map([['a', 1]]) }),
  'an instance of a class': () => ({ 'session.user': new StoredAs('ada') }),
  'an instance that plays BSON': () => ({
    'session.user': Object.assign(Object.create({ _bsontype: 'ObjectId' }), {
      toBSON: () => ({ $ne: null }),
    }),
  }),
  'a list with a hole': () => ({ userId: { $in: new Array(1) } }),
  'a symbol': () => ({ userId: Symbol('ada') }),
}

describe('a filter is refused, and nothing is told or removed, where there is', () => {
  it.each(Object.entries(REFUSED))('%s', async (_name, filter) => {
    const store = await filled()
    const refusal = { code: 'ERR_MONGODB_STORE_FILTER' }
    await expect(store.destroyMany(filter() as never)).rejects.toMatchObject(refusal)
    await expect(idsOf(store, filter())).rejects.toMatchObject(refusal)
    expect(await store.length()).toBe(3)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

it.each<[string, () => object, string[]]>([
  ['an expression', () => ({ userId: /^a/ }), ['ada']],
  ['$not of an expression', () => ({ userId: { $not: /^a/ } }), ['bob', 'eve']],
  ['values of BSON', () => ({ 'session.user': new mongo.ObjectId() }), []],
  ['JavaScript that is compared with', () => ({ 'session.user': new mongo.Code('true') }), []],
  ['a path through prototypes', () => ({ 'session.__proto__.a': 1 }), []],
  [
    'a filter without a prototype',
    () => Object.assign(Object.create(null), { userId: 'ada' }),
    ['ada'],
  ],
  ['a Proxy of a filter', () => new Proxy({ userId: 'ada' }, {}), ['ada']],
  [
    'a frozen filter',
    () => Object.freeze({ $or: Object.freeze([Object.freeze({ userId: 'ada' })]) }),
    ['ada'],
  ],
])('%s matches what it says', async (_name, filter, ids) => {
  const store = await filled()
  expect(await idsOf(store, filter())).toEqual(ids)
  expect(await store.destroyMany(filter() as never)).toBe(ids.length)
  expect(await store.length()).toBe(3 - ids.length)
})

const VALUES = {
  objectId: new mongo.ObjectId(),
  date: new Date(5),
  decimal: mongo.Decimal128.fromString('1.50'),
  bytes: Buffer.from('ab'),
  uuid: new mongo.UUID(),
}

it.each(Object.entries(VALUES))(
  'a value that is stored is found by it: %s',
  async (_name, value) => {
    const store = newStore(options)
    await store.set('a', sessionData({ value }))
    await store.set('b', sessionData({ value: 'b' }))
    expect(await idsOf(store, { 'session.value': value })).toEqual(['a'])
    expect(await idsOf(store, { 'session.value': { $in: [value] } })).toEqual(['a'])
    expect(await idsOf(store, { 'session.value': { $ne: value } })).toEqual(['b'])
  },
)

describe('a filter is what it was when it was handed over', () => {
  it('where a getter gives something else each time', async () => {
    const store = await filled()
    let reads = 0
    const filter = {
      get userId() {
        return reads++ === 0 ? 'ada' : { $ne: null }
      },
    }
    expect(await store.destroyMany(filter as never)).toBe(1)
    expect([reads, await store.length()]).toEqual([1, 2])
  })

  it('where a Proxy does', async () => {
    const store = await filled()
    let reads = 0
    const get = () => (reads++ === 0 ? 'ada' : undefined)
    expect(await store.destroyMany(new Proxy({ userId: '' }, { get }) as never)).toBe(1)
    expect(await store.length()).toBe(2)
  })

  it('where it is changed while it waits', async () => {
    const store = await filled()
    const list = ['ada']
    const filter: Record<string, unknown> = { userId: { $in: list } }
    const setting = store.set('late', sessionData({ user: 'ada' }))
    const destroying = store.destroyMany(filter as never)
    list.push('bob')
    filter.userId = { $ne: null }
    expect(await destroying).toBe(2)
    await setting
    expect(await store.length()).toBe(2)
  })

  it('and is left as it is, also with `sanitizeFilter`, which still knows what is trusted', async () => {
    const own = new mongoose.Mongoose({ sanitizeFilter: true })
    const connection = closedLater(own.createConnection(uri))
    const store = closedLater(
      new MongoDBStore({ ...options, connection: connection as never, collection: uniqueName() }),
    )
    await store.set('ada', sessionData({ user: 'ada' }))
    await store.set('bob', sessionData({ user: 'bob' }))
    const injected = { userId: { $ne: 'x' } }
    await store.destroyMany(injected as never).catch(() => {})
    expect([injected, await store.length()]).toEqual([{ userId: { $ne: 'x' } }, 2])
    expect(await store.destroyMany({ userId: own.trusted({ $ne: 'bob' }) } as never)).toBe(1)
  })
})

it('whatever is given is answered or refused with a code', async () => {
  const store = await filled()
  const key = fc.constantFrom(
    'userId',
    '_id',
    'session.user',
    '$or',
    '$and',
    '$nor',
    '$where',
    '__proto__',
    'x',
    '$in',
    '$ne',
    '$not',
    '$expr',
  )
  const { filter } = fc.letrec<{ filter: unknown }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(
        undefined,
        null,
        'nobody',
        0,
        Number.NaN,
        true,
        Symbol('a'),
        1n,
        () => 1,
      ),
      fc.array(tie('filter'), { maxLength: 2 }),
      fc
        .array(fc.tuple(key, tie('filter')), { maxLength: 2 })
        .map((all) => Object.fromEntries(all)),
    ),
  }))
  const isAnswered = fc.asyncProperty(filter, async (given) => {
    const [outcome] = await Promise.allSettled([idsOf(store, given)])
    if (outcome!.status === 'fulfilled') return
    expect(outcome!.reason.code).toMatch(/^ERR_MONGODB_STORE_(FILTER|SESSIONS)$/)
  })
  await fc.assert(isAnswered, { numRuns: 300 })
  expect(await store.length()).toBe(3)
})
