/** Records that another program wrote wrongly: each answered by itself, and no one else is affected. */
import mongoose from 'mongoose'
import { newApp } from '../support/app'
import { COOKIES, SESSIONS, VALUES } from '../support/foreign-records'
import { uriWithPathErrors } from '../support/path-errors'
import {
  type MongoDBStore,
  newConnection,
  newStore,
  newStoreWithoutIndexes,
  next,
  type Options,
  sessionData,
  uniqueName,
} from '../support/server'

const LATER = new Date(Date.now() + 3_600_000)

type Records = Readonly<Record<string, object>>

const recordsOf = (values: Readonly<Record<string, unknown>>, record: (value: unknown) => object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, record(value)]))

/** What is wrong with them → name → record. */
const RECORDS: Readonly<Record<string, Records>> = {
  session: {
    none: { expires: LATER },
    ...recordsOf(VALUES, (session) => ({ session, expires: LATER })),
  },
  data: recordsOf(SESSIONS, (session) => ({ session, expires: LATER })),
  cookie: recordsOf(COOKIES, (cookie) => ({ session: { cookie }, expires: LATER })),
  expiry: recordsOf(VALUES, (expires) => ({ session: { cookie: {} }, expires })),
  'list of expiries': recordsOf(VALUES, (value) => ({ session: { cookie: {} }, expires: [value] })),
}

/** A session, `null`, or the code of the error. */
const answerOf = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === 'rejected' ? outcome.reason.code : outcome.value === null ? null : 'session'

async function listed(store: MongoDBStore): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.sessions()) ids.push(id)
  return ids.sort()
}

/** A session, none, or an error that says so; and everyone else is served. */
async function check(store: MongoDBStore, record: { expires?: unknown }): Promise<void> {
  await store.set('good', sessionData({ views: 1 }))
  await store.collection.insertOne({ _id: 'odd' as never, ...record })

  const found = await Promise.allSettled([store.get('odd'), store.get('good'), store.get('none')])
  const [odd, ...others] = found.map(answerOf)
  expect(['session', null, 'ERR_MONGODB_STORE_RECORD']).toContain(odd)
  expect(others).toEqual(['session', null])

  const ids = odd === 'session' ? ['good', 'odd'] : ['good']
  expect((await store.all()).map(({ id }) => id).sort()).toEqual(ids)
  expect(await listed(store)).toEqual(ids)
  // The server counts: an unreadable session, and a list of dates as the dates in it
  const isCountable = odd !== null || Array.isArray(record.expires)
  expect(isCountable ? [1, 2] : [1]).toContain(await store.length())

  const written = await Promise.allSettled([
    store.touch('odd', sessionData({}, 90_000)),
    store.set('good', sessionData({ views: 2 })),
  ])
  expect(['session', 'ERR_MONGODB_STORE_RECORD']).toContain(answerOf(written[0]))
  expect(answerOf(written[1])).toBe('session')
  await store.set('odd', sessionData({ views: 3 }))
  expect(await store.get('odd')).toMatchObject({ views: 3 })
  await store.destroy('odd')
  expect(await store.get('odd')).toBeNull()
  expect(await store.get('good')).toMatchObject({ views: 2 })
}

/** Name → what went wrong. */
async function failing<V>(
  cases: Readonly<Record<string, V>>,
  body: (value: V, name: string) => Promise<void>,
): Promise<Record<string, unknown>> {
  const failures: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(cases)) {
    await body(value, name).catch((error: Error) => {
      failures[name] = error.message
    })
  }
  return failures
}

describe.each([
  ['batched', {}],
  ['not batched', { batch: false as const }],
])('%s', (_, options) => {
  it.each(Object.entries(RECORDS))(
    'an odd %s affects nobody else, and can be replaced',
    async (_kind, records) => {
      const store = newStoreWithoutIndexes({ ...options, uri: await uriWithPathErrors() })
      store.on('warning', () => {})
      expect(await failing(records, (record) => check(store, record))).toEqual({})
    },
  )
})

it.each([['find'], ['findOne']])(
  'what has no form in JavaScript fails alone, also in a batch, with hooks of %s',
  async (hook) => {
    const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
    schema.pre(hook as 'find', () => {})
    const model = (await newConnection()).model('Visit', schema, uniqueName())
    const store = newStoreWithoutIndexes({ model })
    const session = { cookie: {}, expression: VALUES['an expression in the syntax of PCRE'] }
    await store.collection.insertOne({ _id: 'odd', session, expires: LATER } as never)
    await store.set('good', sessionData())
    const answers = ['ERR_MONGODB_STORE_GET', 'session']
    const sids = ['odd', 'good']
    const together = await Promise.allSettled(sids.map((sid) => store.get(sid)))
    expect(together.map(answerOf)).toEqual(answers)
    for (const [i, sid] of sids.entries()) {
      const [alone] = await Promise.allSettled([store.get(sid)])
      expect(answerOf(alone)).toBe(answers[i])
    }
  },
)

it("a record whose session id is no text, or a list of them, is nobody's", async () => {
  const store = newStoreWithoutIndexes({ idField: 'sid' })
  const ids = { ...VALUES, 'a list': ['good'], 'an object': { toString: 1, valueOf: 1 } }
  const failures = await failing<unknown>(ids, async (sid) => {
    await store.clear()
    await store.collection.insertOne({ sid, session: { cookie: {}, views: 9 }, expires: LATER })
    await store.set('other', sessionData({ views: 1 }))
    expect(await store.get('good')).toBeNull()
    expect(await Promise.all([store.get('good'), store.get('none')])).toEqual([null, null])
    const isText = typeof sid === 'string'
    const warned = isText ? undefined : next<Error>(store, 'warning')
    const found = (await store.all()).map(({ id }) => id)
    expect(found.sort()).toEqual(isText ? [sid, 'other'].sort() : ['other'])
    if (warned) expect(await warned).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
  })
  expect(failures).toEqual({})
})

it('of two records with one sid, where the unique index cannot be made, one is served', async () => {
  const collection = uniqueName()
  const first = newStoreWithoutIndexes({ collection, idField: 'sid' })
  const record = { sid: 'a', session: { cookie: {}, views: 1 }, expires: LATER }
  await first.collection.insertMany([{ ...record }, { ...record }])
  const store = newStore({ collection, idField: 'sid' })
  expect(await next(store, 'warning')).toMatchObject({ code: 'ERR_MONGODB_STORE_INDEX' })
  const found = await Promise.all([store.get('a'), store.get('a'), store.get('b')])
  expect(found).toMatchObject([{ views: 1 }, { views: 1 }, null])
})

describe('a destroy removes every record of its sid, where the unique index cannot be made,', () => {
  const withHook = async () => {
    const schema = new mongoose.Schema({ sid: String, session: {}, expires: Date })
    schema.pre('deleteOne', () => {})
    return (await newConnection()).model('Visit', schema, uniqueName())
  }

  it.each<[string, () => Options | Promise<Options>]>([
    ['batched', () => ({})],
    ['each as itself', () => ({ batch: false })],
    ['through Mongoose', async () => ({ model: (await withHook()) as never })],
  ])('%s', async (_name, options) => {
    const store = newStoreWithoutIndexes({ ...(await options()), idField: 'sid' })
    await store.ready()
    const collection = store.collection
    const record = (sid: string) => ({ sid, session: { cookie: {} }, expires: LATER })
    await collection.insertMany(['a', 'a', 'a', 'b', 'b', 'c'].map(record))
    await Promise.all([store.destroy('a'), store.destroy('b')])
    const left = await collection.find().toArray()
    expect(left.map(({ sid }) => sid)).toEqual(['c'])
    await store.destroy('c')
    expect(await store.get('c')).toBeNull()
  })
})

describe('over HTTP', () => {
  it.each(['session', 'data', 'cookie'])(
    'an odd %s is a session or a 500 for its visitor alone',
    async (kind) => {
      const store = newStore()
      const app = await newApp(store, { rolling: true })
      const [visitor, other] = [app.newVisitor(), app.newVisitor()]
      await Promise.all([visitor.json('/count'), other.json('/count')])
      const { cookie, sid } = visitor
      const failures = await failing(RECORDS[kind]!, async (record) => {
        for (const path of ['/look', '/count', '/reload']) {
          visitor.cookie = cookie
          await store.collection.replaceOne({ _id: sid as never }, record, { upsert: true })
          const { status, body } = await visitor.visit(path)
          if (status !== 200)
            expect([status, JSON.parse(body).code]).toEqual([500, 'ERR_MONGODB_STORE_RECORD'])
        }
        expect(await other.json('/look')).toMatchObject({ views: 1 })
      })
      expect(failures).toEqual({})
    },
  )

  // express-session makes the cookie in the store's callback then, where nobody catches
  it('a cookie that becomes odd during a request does not crash the app', async () => {
    const store = newStore()
    const failures = await failing(COOKIES, async (cookie) => {
      const session = { cookie, views: 1 }
      await store.collection.replaceOne(
        { _id: 'a' as never },
        { session, expires: LATER },
        { upsert: true },
      )
      const [error, loaded] = await new Promise<
        [unknown, session?: { cookie: { serialize(...args: string[]): string } }]
      >((resolve) => store.load('a', (...args) => resolve(args as never)))
      if (error) expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_RECORD' })
      else expect(loaded!.cookie.serialize('name', 'value')).toMatch(/^name=value; /)
    })
    expect(failures).toEqual({})
  })
})
