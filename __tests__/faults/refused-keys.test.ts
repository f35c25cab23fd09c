/** Servers that refuse what a session holds: some its keys, all what grows too large by a merge. */
import { inspect } from 'node:util'
import { faultyProxy } from '../support/faulty-proxy'
import { closedLater, newStoreWithoutIndexes, sessionData } from '../support/server'

const SECRET = 'hunter2-token'

/** As MongoDB before 5.0 answers; its words quote what they are about. */
const refusal = (code: number, codeName: string, index = 0) => ({
  ok: 1,
  n: 0,
  nModified: 0,
  writeErrors: [{ index, code, codeName, errmsg: `'${SECRET}' in { session: { ${SECRET}: 1 } }` }],
})

const CODES: [string, number, string][] = [
  ['a key with a dollar', 52, 'ERR_MONGODB_STORE_SET'],
  ['a key of a reference', 55, 'ERR_MONGODB_STORE_SET'],
  ['a key with a dot', 57, 'ERR_MONGODB_STORE_SET'],
  ["a key, or a value, as a server that is not MongoDB's says it", 2, 'ERR_MONGODB_STORE_SET'],
  ['a record that the update makes too large', 17419, 'ERR_MONGODB_STORE_SESSION_SIZE'],
  ['an insert that is too large', 17420, 'ERR_MONGODB_STORE_SESSION_SIZE'],
  ['a command that is too large', 10334, 'ERR_MONGODB_STORE_SESSION_SIZE'],
]

describe.each([
  ['batched', {}],
  ['not batched', { batch: false as const }],
])('%s', (_, options) => {
  it.each(CODES)(
    '%s is an error that says so, and quotes nothing',
    async (_name, code, expected) => {
      const proxy = closedLater(await faultyProxy())
      const store = newStoreWithoutIndexes({ uri: proxy.uri, ...options })
      await store.set('a', sessionData({ views: 1 }))
      const loaded = (await store.get('a'))!
      proxy.faults.update = refusal(code, 'ANameOfACode')
      const outcomes = []
      for (const session of [
        sessionData({ 'a.b': SECRET }),
        Object.assign(loaded, { $a: SECRET }),
      ]) {
        outcomes.push(await store.set('a', session).catch((error: unknown) => error))
      }
      for (const error of outcomes) {
        expect(error).toMatchObject({ name: 'MongoDBStoreError', code: expected })
        expect((error as Error).message).toMatch(
          /^Error setting [\da-f]{16}: .*(\(code \d+\)|16 MiB)/,
        )
        const shown = inspect(error, { depth: Infinity, showHidden: true })
        expect(shown + String(error) + JSON.stringify(error)).not.toContain(SECRET)
      }
      expect(await store.get('a')).toMatchObject({ views: 1 })
    },
  )
})

it('of a batch, only the one that the server refuses fails', async () => {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({ uri: proxy.uri })
  await store.ready()
  proxy.once.update = { ...refusal(52, 'DollarPrefixedFieldName', 1), n: 2, nModified: 2 }
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c'].map((sid) => store.set(sid, sessionData({ $a: 1 }))),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({
    code: 'ERR_MONGODB_STORE_SET',
    message: expect.stringMatching(
      /^Error setting [\da-f]{16}: .*\(code 52\): .*no key that begins with `\$`/,
    ),
  })
})

it.each([
  ['batched', {}],
  ['not batched', { batch: false as const }],
])('an insert that lost a race, and then is refused, says why: %s', async (_, options) => {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({ uri: proxy.uri, ...options })
  await store.ready()
  proxy.once.update = refusal(11000, 'DuplicateKey')
  proxy.faults.update = refusal(17419, 'Location17419')
  await expect(store.set('a', sessionData({ a: 1 }))).rejects.toMatchObject({
    code: 'ERR_MONGODB_STORE_SESSION_SIZE',
    message: expect.stringMatching(/^Error setting [\da-f]{16}: .*16 MiB/),
  })
  expect(proxy.commands.filter((name) => name === 'update')).toHaveLength(2)
})

it('a key that is refused for its type is no cause to write the session whole', async () => {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({ uri: proxy.uri })
  await store.set('a', sessionData({ views: 1 }))
  const loaded = (await store.get('a'))!
  await store.model.updateOne({ _id: 'a' }, { $set: { 'session.others': 1 } })
  proxy.once.update = refusal(14, 'TypeMismatch')
  await expect(store.set('a', Object.assign(loaded, { views: 2 }))).rejects.toMatchObject({
    code: 'ERR_MONGODB_STORE_SET',
    message: expect.stringMatching(/\(code 14\)/),
  })
  expect(await store.get('a')).toMatchObject({ views: 1, others: 1 })
})

it.each([
  [20, 'IllegalOperation'],
  [301, 'RetryableWritesNotSupported'],
])(
  'a server without retryable writes (code %i): the error says what to set',
  async (code, name) => {
    const proxy = closedLater(await faultyProxy())
    const store = newStoreWithoutIndexes({ uri: proxy.uri })
    await store.ready()
    proxy.faults.update = { code, codeName: name, errmsg: SECRET }
    for (const sids of [['a'], ['a', 'b']]) {
      const outcomes = await Promise.allSettled(sids.map((sid) => store.set(sid, sessionData())))
      for (const outcome of outcomes) {
        expect((outcome as PromiseRejectedResult).reason.message).toMatch(/retryWrites=false/)
      }
    }
  },
)
