/** Sessions at MongoDB's limits, and beyond them. */
import { mongo } from 'mongoose'
import { describeEach } from '../support/in-full'
import { FORM_NAMES, FORMS, type FormName, twoStores } from '../support/model/forms'
import {
  closedLater,
  itIfServerHas,
  type MongoDBStore,
  newConnection,
  newStore,
  sessionData,
} from '../support/server'

const { BSON } = mongo
const LIMIT = 16 * 1024 * 1024

async function stores(form: FormName): Promise<readonly [MongoDBStore, MongoDBStore]> {
  const [a, b] = twoStores(form, await newConnection())
  return [closedLater(a), closedLater(b)]
}

/** Under the sid `a`; `filling` so long that the record takes exactly so many bytes. */
function sized(bytes: number): never {
  const session = sessionData({ filling: '' }) as unknown as Record<string, unknown>
  const record = { _id: 'a', session, expires: new Date() }
  session.filling = 'x'.repeat(bytes - BSON.calculateObjectSize(record))
  return session as never
}

function nested(levels: number, wrap: (value: unknown) => unknown): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = wrap(value)
  return value
}

type Wrapping = (value: unknown) => unknown

const WRAPPINGS: readonly [string, Wrapping][] = [
  ['objects', (value) => ({ value })],
  ['lists', (value) => [value]],
  ['Maps', (value) => new Map([['value', value]])],
]

const itWhereNested = (name: string, body: () => Promise<void>) =>
  itIfServerHas('nestedLists', name, body)

const IN_SHORT = ['batched', 'encrypted'] as const

describeEach(FORM_NAMES, IN_SHORT, (form) => {
  // The server sees the lists only where the session is stored as it is
  const whereListsNest = FORMS[form].writes === 'opaque' ? it : itWhereNested

  for (const [name, wrap] of WRAPPINGS) {
    const test = name === 'lists' ? whereListsNest : it
    test(`100 levels of ${name} are stored, the record and the session among them; 101 and 200 are not`, async () => {
      const [one, other] = await stores(form)
      await one.set('a', sessionData({ value: nested(98, wrap) }))
      expect(await other.get('a')).not.toBeNull()
      for (const levels of [99, 200]) {
        const setting = one.set('b', sessionData({ value: nested(levels, wrap) }))
        await expect(setting).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_SESSION' })
      }
      expect(await other.get('b')).toBeNull()
    })
  }

  it('10 000 keys come back, and so does a change of one', async () => {
    const [one, other] = await stores(form)
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, i]))
    await one.set('a', sessionData({ ...keys, nested: keys }))
    const loaded = (await one.get('a')) as unknown as Record<string, unknown>
    expect(loaded).toMatchObject({ ...keys, nested: keys })
    loaded['key 5000'] = 'changed'
    await one.set('a', loaded as never)
    const found = (await other.get('a')) as unknown as Record<string, unknown>
    expect(found).toMatchObject({ ...keys, 'key 5000': 'changed' })
    expect(Object.keys(found)).toHaveLength(10_002)
  })
})

it('a record of exactly 16 MiB is stored', async () => {
  const store = newStore()
  await store.set('a', sized(LIMIT))
  const found = (await store.collection.findOne({ _id: 'a' as never }))!
  expect(BSON.calculateObjectSize(found)).toBe(LIMIT)
}, 240_000)

// Up to there, it is the server that refuses: refused-keys.test.ts has its codes
it("what is larger than the driver's buffer is refused, and what is stored stays", async () => {
  for (const form of ['batched', 'encrypted'] as const) {
    const [one, other] = await stores(form)
    await one.set('a', sessionData({ views: 1 }))
    const tooLarge = sessionData({ one: Buffer.alloc(LIMIT), two: Buffer.alloc(LIMIT) })
    const loaded = Object.assign((await one.get('a'))!, tooLarge)
    for (const session of [loaded, tooLarge]) {
      await expect(one.set('a', session)).rejects.toMatchObject({
        code: 'ERR_MONGODB_STORE_SESSION_SIZE',
      })
    }
    expect(await other.get('a')).toMatchObject({ views: 1 })
  }
})
