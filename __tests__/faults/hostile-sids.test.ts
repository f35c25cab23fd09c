/** Session ids of every type and shape. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Callback } from '../../src/operations/operations'
import { describeInFull, fullOrShort } from '../support/in-full'
import { type MongoDBStore, newStore, next, sessionData } from '../support/server'

type Way = (store: MongoDBStore, method: Method, args: unknown[]) => Promise<unknown>
type Method = 'get' | 'set' | 'touch' | 'destroy'

const METHODS: Method[] = ['get', 'set', 'touch', 'destroy']

const call = (store: MongoDBStore, method: Method, args: unknown[]) =>
  (store[method] as (...args: unknown[]) => unknown)(...args)

const byPromise: Way = (store, method, args) => call(store, method, args) as Promise<unknown>
const byCallback: Way = (store, method, args) =>
  new Promise((resolve, reject) => {
    const callback: Callback<unknown> = (error, value) => (error ? reject(error) : resolve(value))
    expect(call(store, method, [...args, callback])).toBeUndefined()
  })

const argsOf = (method: Method, sid: unknown): unknown[] =>
  method === 'get' || method === 'destroy' ? [sid] : [sid, sessionData({ views: 9 })]

const codeOf = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === 'rejected' ? outcome.reason.code : 'done'

const throwing = () => {
  throw new Error('looked at')
}

const NO_SIDS: [string, unknown][] = [
  ['an operator', { $ne: null }],
  ['another operator', { $gt: '' }],
  ['a list of a sid', ['good']],
  ['an object with a toString', { toString: () => 'good' }],
  ['an object with a valueOf', { valueOf: () => 'good' }],
  ['an object with a toBSON', { toBSON: () => 'good' }],
  ['an object with a toJSON', { toJSON: () => 'good' }],
  ['an object that can be made a text', { [Symbol.toPrimitive]: () => 'good' }],
  ['a String', Object('good')],
  ['a Symbol', Symbol('good')],
  ['a number', 1],
  ['NaN', Number.NaN],
  ['a BigInt', 1n],
  ['true', true],
  ['a function', () => 'good'],
  [
    'a Proxy that throws',
    new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing }),
  ],
  ['a Proxy of a function', new Proxy(() => 'good', {})],
  ['bytes', Buffer.from('good')],
  ['a regular expression', /good/],
  ['half of a surrogate pair', 'a\ud800'],
  ['the other half of one', '\udc00'],
  ['both in the wrong order', '\udc00\ud800'],
]

describe('batched', () => hold({}))
describeInFull('not batched', () => hold({ batch: false }))

function hold(options: { batch?: false }): void {
  describe.each([
    ['with a promise', byPromise],
    ['with a callback', byCallback],
  ])('%s', (__, way) => {
    it.each(NO_SIDS)(
      '%s is no sid to any method, and the others of its turn are served',
      async (_name, sid) => {
        const store = newStore(options)
        await store.set('good', sessionData({ views: 1 }))
        const outcomes = await Promise.allSettled([
          way(store, 'set', ['before', sessionData({ views: 1 })]),
          ...METHODS.map((method) => way(store, method, argsOf(method, sid))),
          way(store, 'get', ['good']),
        ])
        const refused = METHODS.map(() => 'ERR_MONGODB_STORE_SID')
        expect(outcomes.map(codeOf)).toEqual(['done', ...refused, 'done'])
        expect(outcomes.at(-1)).toMatchObject({ value: { views: 1 } })
        expect(await store.length()).toBe(2)
      },
    )
  })

  it('whatever is no text is no sid', async () => {
    const store = newStore(options)
    const values = fc
      .anything({ withBigInt: true, withBoxedValues: true, withNullPrototype: true, withMap: true })
      .filter((value) => typeof value !== 'string')
    const refuses = fc.asyncProperty(values, fc.constantFrom(...METHODS), async (sid, method) => {
      const [outcome] = await Promise.allSettled([byPromise(store, method, argsOf(method, sid))])
      expect(codeOf(outcome!)).toBe('ERR_MONGODB_STORE_SID')
    })
    await fc.assert(refuses, { numRuns: fullOrShort(300, 100) })
  })

  it('texts that differ are sids that differ, whatever is in them', async () => {
    const store = newStore(options)
    const text = fc.oneof(
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        '$ne',
        'a.b',
        '\0',
        'a\0b',
        '\u0001\n',
      ),
      fc.constantFrom(
        '\ufffd',
        'é',
        'e\u0301',
        'A',
        'a',
        ' a',
        'a ',
        '1',
        '01',
        'null',
        '[object Object]',
      ),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 4 })
        .filter((sid) => Buffer.from(sid).toString() === sid),
    )
    const keepsApart = fc.asyncProperty(
      fc.uniqueArray(text, { minLength: 2, maxLength: 6 }),
      async (sids) => {
        await Promise.all(sids.map((sid) => store.set(sid, sessionData({ sid }))))
        const found = await Promise.all(sids.map((sid) => store.get(sid)))
        expect(found.map((session) => (session as unknown as { sid: string }).sid)).toEqual(sids)
        await store.destroy(sids[0]!)
        const left = await Promise.all(sids.map((sid) => store.get(sid)))
        expect(left.map((session) => session !== null)).toEqual(sids.map((_sid, i) => i > 0))
        await Promise.all(sids.map((sid) => store.destroy(sid)))
      },
    )
    await fc.assert(keepsApart, { numRuns: fullOrShort(100, 40) })
  })

  it('a megabyte is a sid like any other', async () => {
    const store = newStore(options)
    const sid = 'x'.repeat(1_000_000)
    await Promise.all([store.set(sid, sessionData({ views: 1 })), store.set('a', sessionData())])
    expect(await store.get(sid)).toMatchObject({ views: 1 })
    expect(await store.get(`${sid.slice(1)}y`)).toBeNull()
    // More than a command can hold
    const many = Array.from({ length: 20 }, (_, i) => store.get(`${sid}${i}`))
    const found = await Promise.all([store.get('a'), store.get(sid), ...many])
    expect(found).toMatchObject([{}, { views: 1 }, ...many.map(() => null)])
  })
}

it('no message of an error or a warning holds a session id, which opens the session: only its hash', async () => {
  const store = newStore()
  const sid = 'a\n\u001b[31mFAKE\r\u0085\u2028\u2029\u202e\0é😀'
  const hash = createHash('sha256').update(sid).digest('hex').slice(0, 16)
  await store.collection.insertOne({
    _id: sid,
    session: 5,
    expires: new Date(Date.now() + 9e6),
  } as never)
  await expect(store.get(sid)).rejects.toThrow(`Error finding ${hash}: `)
  await expect(store.set(sid, 5 as never)).rejects.toThrow(`Error setting ${hash}: `)
  const warned = next<Error>(store, 'warning')
  await store.all()
  expect((await warned).message).toContain(` ${hash}: `)
})
