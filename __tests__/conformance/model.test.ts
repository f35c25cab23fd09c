/** Random sequences of operations have the same outcomes batched, unbatched and on MemoryStore. */

import { MemoryStore, type Store } from 'express-session'
import fc from 'fast-check'
import { newConnection, newStore, type Options } from '../support/server'

const PAST = -60_000
const SIDS = ['a', 'b', 'c', 'd']

type Step =
  | { do: 'get' | 'destroy'; sid: string }
  | { do: 'set' | 'touch'; sid: string; data: Record<string, unknown>; maxAge: number | null }
  | { do: 'all' | 'length' | 'clear' }

const sid = fc.constantFrom(...SIDS)
const data = fc.dictionary(
  fc.constantFrom('user', 'views', 'cart', 'constructor', '0'),
  fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), fc.constant({})),
)
const maxAge = fc.constantFrom(60_000, 120_000, null, PAST)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('get' as const), sid }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), sid, data, maxAge }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('touch' as const), sid, data, maxAge }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('destroy' as const), sid }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
)
const look: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('all', 'length') })

/** What several callers ask for in one turn of the event loop, and a look at the whole after it. */
const turn = fc.tuple(fc.array(step, { minLength: 1, maxLength: 8 }), look)
const sequence = fc.array(turn, { minLength: 1, maxLength: 5 })

/** Issues each turn at once, waits for it to end, and gives what every operation came to. */
async function outcomes(store: Store, turns: [Step[], Step][], now: number): Promise<unknown[]> {
  const results: unknown[] = []
  for (const [steps, last] of turns) {
    results.push(await Promise.all(steps.map((each) => run(store, each, now))))
    results.push(await run(store, last, now))
  }
  return results
}

function run(store: Store, step: Step, now: number): Promise<unknown> {
  const methods = store as unknown as Record<string, (...args: unknown[]) => void>
  const args: unknown[] = 'sid' in step ? [step.sid] : []
  if ('data' in step) {
    const expires = step.maxAge === null ? null : new Date(now + step.maxAge)
    args.push({ cookie: { originalMaxAge: step.maxAge, expires, path: '/' }, ...step.data })
  }
  return new Promise((resolve) => {
    methods[step.do]!.call(store, ...args, (error: Error | null, value: unknown) => {
      resolve(error ? error.message : comparable(step.do, value))
    })
  })
}

/** As JSON, which is how MemoryStore keeps it; `all` without order, ids and the kind of collection. */
function comparable(method: string, value: unknown): unknown {
  if (method === 'length') return value
  if (method === 'all') {
    return Object.values(value as object)
      .map(({ id: _, ...session }) => JSON.stringify(sorted(session)))
      .sort()
  }
  return method === 'get' ? JSON.stringify(sorted(value ?? null)) : undefined
}

/** Keys in one order: an update in place keeps the record's. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe.each<[string, Options]>([
  ['batched', {}],
  ['batched by two', { batch: { maxSize: 2 } }],
  ['not batched', { batch: false }],
  ['writing whole sessions', { writes: 'replace' }],
  [
    'with a codec',
    { codec: { encode: JSON.stringify as never, decode: (s) => JSON.parse(s as string) } },
  ],
  ['with encryption', { encryption: { secrets: 'a secret of more than 32 characters' } }],
])('a store %s', (_name, options) => {
  it('comes to what MemoryStore comes to', async () => {
    const connection = await newConnection()
    await fc.assert(
      fc.asyncProperty(sequence, async (turns) => {
        const now = Date.now()
        const store = newStore({ ...options, connection, createIndexes: false })
        const expected = await outcomes(new MemoryStore(), turns, now)
        expect(await outcomes(store, turns, now)).toEqual(expected)
        await store.close()
      }),
      { numRuns: 100 },
    )
  })
})
