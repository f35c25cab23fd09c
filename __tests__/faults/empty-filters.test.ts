/** Filters with a part that says nothing, which `destroyMany` and `sessions` refuse at any depth. */
import fc from 'fast-check'
import mongoose from 'mongoose'
import {
  closedLater,
  itIfServerHas,
  type MongoDBStore,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

type Stored = { user?: string; age?: number; list?: object[] }

const SESSIONS: Record<string, Stored> = {
  a: { user: 'ada', age: 1, list: [{ at: 1 }] },
  b: { user: 'bob', age: 2, list: [{ at: 2 }, { at: 3 }] },
  c: { user: 'eve', age: 1, list: [] },
  d: {},
}

const options: Options = {
  schema: { userId: { type: String }, devices: [{ _id: false, at: Number }] },
  fields: (session) => {
    const { user, list } = session as Stored
    return { userId: user, devices: list }
  },
}

async function filled(more: Options = {}): Promise<MongoDBStore> {
  const store = await newStore({ ...options, ...more }).ready()
  for (const [sid, data] of Object.entries(SESSIONS)) await store.set(sid, sessionData({ ...data }))
  return store
}

async function idsOf(store: MongoDBStore, filter: unknown): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.sessions(filter as never)) ids.push(id)
  return ids.sort()
}

const NOTHING = [
  { $or: [{}] },
  { $and: [{}] },
  { $nor: [{}] },
  { $or: [] },
  { $and: [] },
  { $nor: [] },
  { $and: [{ userId: 'ada' }, {}] },
  { $or: [{ userId: 'ada' }, {}] },
  { $and: [{ $or: [{ $nor: [{ $nor: [{}] }] }] }] },
  { userId: 'ada', $or: [{ $and: [] }] },
  { _id: {} },
  { userId: {} },
  { devices: {} },
  { 'session.user': {} },
  { 'session.user': new Map() },
  { $or: [{ userId: {} }] },
  { userId: { $not: {} } },
  { userId: { $not: { $not: {} } } },
  { 'session.user': { $not: new Map() } },
  { devices: { $elemMatch: {} } },
  { devices: { $not: { $elemMatch: {} } } },
  { devices: { $all: [{ $elemMatch: {} }] } },
  { devices: { $elemMatch: { at: {} } } },
  { devices: { $elemMatch: { $or: [] } } },
  { devices: { $elemMatch: { $or: [{ at: 1 }, {}] } } },
  { 'session.list': { $elemMatch: {} } },
  { 'session.list': { $elemMatch: { at: { $not: {} } } } },
]

it.each(NOTHING)(
  'a filter with a part that says nothing is refused, and nothing is removed or told: %j',
  async (filter) => {
    const store = await filled()
    const refusal = { code: 'ERR_MONGODB_STORE_FILTER' }
    await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
    await expect(idsOf(store, filter)).rejects.toMatchObject(refusal)
    expect(await store.length()).toBe(4)
  },
)

it.each<[object, string[]]>([
  [{ userId: { $in: [] } }, []],
  [{ userId: { $nin: [] } }, ['a', 'b', 'c', 'd']],
  [{ userId: [] }, []],
  [{ 'session.list': { $eq: [] } }, ['c']],
  [{ 'session.user': { $eq: {} } }, []],
  [{ 'session.user': { $ne: {} } }, ['a', 'b', 'c', 'd']],
  [{ 'session.user': { $in: ['ada', {}] } }, ['a']],
])('an operator means what it says, also of an empty value: %j', async (filter, ids) => {
  const store = await filled()
  expect(await idsOf(store, filter)).toEqual(ids)
  expect(await store.destroyMany(filter as never)).toBe(ids.length)
})

const BY_ITEM: [object, string[]][] = [
  [{ 'session.list': { $elemMatch: { at: 3 } } }, ['b']],
  [{ devices: { $elemMatch: { at: { $gt: 1 } } } }, ['b']],
  [{ devices: { $not: { $elemMatch: { at: { $gt: 0 } } } } }, ['c', 'd']],
  [{ devices: { $all: [{ $elemMatch: { at: 2 } }, { $elemMatch: { at: 3 } }] } }, ['b']],
]
for (const [filter, ids] of BY_ITEM) {
  const name = `an operator about items means what it says: ${JSON.stringify(filter)}`
  itIfServerHas('elemMatch', name, async () => {
    const store = await filled()
    expect(await idsOf(store, filter)).toEqual(ids)
    expect(await store.destroyMany(filter as never)).toBe(ids.length)
  })
}

it('`{}` alone is all of them for `sessions`, and refused by `destroyMany`', async () => {
  const store = await filled()
  expect(await idsOf(store, {})).toEqual(['a', 'b', 'c', 'd'])
  await expect(store.destroyMany({})).rejects.toThrow(/`clear`/)
})

describe.each(Object.entries(VERSIONS))('with `strictQuery` and %s', (_, host) => {
  it.each([
    { devices: { $elemMatch: { nobody: 1 } } },
    { devices: { $not: { $elemMatch: { nobody: 1 } } } },
    { devices: { $all: [{ $elemMatch: { nobody: 1 } }] } },
  ])('a name in $elemMatch that no item has is refused: %j', async (filter) => {
    const own = new host.Mongoose({ strictQuery: true })
    const connection = closedLater(await own.createConnection(uri).asPromise())
    const store = await filled({ connection: connection as never, collection: uniqueName() })
    await expect(idsOf(store, filter)).rejects.toThrow('no field `devices.nobody`')
    await expect(store.destroyMany(filter as never)).rejects.toThrow('no field `devices.nobody`')
    expect(await store.length()).toBe(4)
  })
})

describe('of random filters', () => {
  /** A filter, whether a part of it says nothing, and what it says of a session. */
  interface Case {
    readonly filter: Record<string, unknown>
    readonly isSilent: boolean
    matches(session: Stored): boolean
  }

  const means = (value: unknown, isMet: (user: unknown) => boolean, isSilent = false) => ({
    ...{ value, isSilent },
    matches: ({ user }: Stored) => isMet(user),
  })

  const { filter } = fc.letrec<{ filter: Case; list: Case[] }>((tie) => {
    const user = fc.constantFrom<string>('ada', 'bob', 'nobody')
    const users = fc.array(user, { maxLength: 2 })
    const condition = fc.oneof(
      user.map((name) => means(name, (of) => of === name)),
      user.map(($ne) => means({ $ne }, (of) => of !== $ne)),
      user.map(($eq) => means({ $not: { $eq } }, (of) => of !== $eq)),
      users.map(($in) => means({ $in }, (of) => $in.includes(of as string))),
      users.map(($nin) => means({ $nin }, (of) => !$nin.includes(of as string))),
      fc.boolean().map(($exists) => means({ $exists }, (of) => (of !== undefined) === $exists)),
      fc.constantFrom<object>({}, { $not: {} }).map((value) => means(value, () => true, true)),
    )
    const list = fc.array(tie('filter') as fc.Arbitrary<Case>, { maxLength: 3 })
    const combining = (name: '$and' | '$or' | '$nor') =>
      list.map((all) => ({
        filter: { [name]: all.map((each) => each.filter) },
        isSilent: all.length === 0 || all.some(isSilentOrEmpty),
        matches: (session: Stored) => {
          if (name === '$and') return all.every((each) => each.matches(session))
          return all.some((each) => each.matches(session)) === (name === '$or')
        },
      }))
    const onField = fc
      .tuple(fc.constantFrom('userId', 'session.user'), condition)
      .map(([name, { value, ...others }]) => ({ filter: { [name]: value }, ...others }))
    const nothing = fc.constant({ filter: {}, isSilent: false, matches: () => true })
    const parts = fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      ...[
        { weight: 6, arbitrary: onField },
        { weight: 1, arbitrary: nothing },
      ],
      ...(['$and', '$or', '$nor'] as const).map((name) => ({
        weight: 2,
        arbitrary: combining(name),
      })),
    )
    return { list, filter: parts }
  })

  function isSilentOrEmpty({ filter, isSilent }: Case): boolean {
    return isSilent || Object.keys(filter).length === 0
  }

  it('those that say nothing somewhere are refused, and the others match what they say', async () => {
    const store = await filled()
    const isRight = fc.asyncProperty(filter as fc.Arbitrary<Case>, async (each) => {
      const told = await idsOf(store, each.filter).catch((error) => error.code)
      const matching = Object.keys(SESSIONS).filter((sid) => each.matches(SESSIONS[sid] as Stored))
      expect(told).toEqual(each.isSilent ? 'ERR_MONGODB_STORE_FILTER' : matching)
    })
    await fc.assert(isRight, { numRuns: 500 })
  })

  it('`destroyMany` removes those that the filter says, and none where it is refused', async () => {
    const collection = uniqueName()
    const store = await filled({ uri, collection })
    const isRight = fc.asyncProperty(filter as fc.Arbitrary<Case>, async (each) => {
      const removed = await store.destroyMany(each.filter as never).catch((error) => error.code)
      const left = Object.keys(SESSIONS).filter((sid) => !each.matches(SESSIONS[sid] as Stored))
      const all = Object.keys(SESSIONS)
      if (isSilentOrEmpty(each)) {
        expect([removed, await idsOf(store, {})]).toEqual(['ERR_MONGODB_STORE_FILTER', all])
      } else {
        expect([removed, await idsOf(store, {})]).toEqual([all.length - left.length, left])
      }
      await Promise.all(all.map((sid) => store.set(sid, sessionData({ ...SESSIONS[sid] }))))
    })
    await fc.assert(isRight, { numRuns: 200 })
  })
})
