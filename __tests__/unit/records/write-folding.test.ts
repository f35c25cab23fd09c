/** Writes to one record as one: what comes of it is what comes of them one after the other. */
import fc from 'fast-check'
import { isLive } from '../../../src/payload/expiry'
import type { Write } from '../../../src/records/queries'
import type { Statement } from '../../../src/records/statements'
import { fold } from '../../../src/records/write-folding'

type Data = Record<string, unknown>

const NOW = 1000
const names = { idField: '_id', expiresKey: 'expires' }

/** A server with one record. */
function applied(record: Data | undefined, writes: readonly Write[]): Data | undefined {
  return writes.reduce<Data | undefined>((before, write) => {
    if ('remove' in write) return undefined
    if ('replacement' in write) return copyOf({ ...write.filter, ...write.replacement })
    if (!before && !write.upsert) return before
    if (before && !write.upsert && !meets(before, write.filter)) return before
    const after: Data = copyOf(before ?? { _id: 'a' })
    for (const [path, value] of Object.entries((write.update.$set as Data) ?? {})) {
      put(after, path.split('.'), copyOf(value))
    }
    for (const path of Object.keys((write.update.$unset as Data) ?? {})) {
      drop(after, path.split('.'))
    }
    return after
  }, record)
}

/** Dates stay dates of this realm, which those of `structuredClone` are not under jest. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)])) as T
}

function meets({ expires }: Data, { expires: condition, $or }: Data): boolean {
  if (condition) return expires instanceof Date && expires > (condition as { $gt: Date }).$gt
  return $or ? isLive(expires, NOW) : true
}

function put(object: Data, [key, ...rest]: string[], value: unknown): void {
  if (rest.length === 0) object[key as string] = value
  else put((object[key as string] ??= {}) as Data, rest, value)
}

function drop(object: Data, [key, ...rest]: string[]): void {
  const inner = object[key as string]
  if (rest.length === 0) delete object[key as string]
  else if (inner) drop(inner as Data, rest)
}

/** In any order of their keys. */
const comparable = (record: Data | undefined) => record && JSON.parse(JSON.stringify(record))

const expires = fc.constantFrom(new Date(NOW + 1), new Date(NOW + 2), new Date(NOW - 1))
const value = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom({ expires: 1 }, { path: '/' }),
)
/** An object, since a server refuses to write into what is none. */
const cookie = fc.constantFrom<Data>({}, { expires: 1 }, { path: '/' })
const keys = ['session.a', 'session.b', 'session.cookie', 'session.cookie.expires', 'owner']

const update = fc
  .record({
    expires,
    set: fc
      .tuple(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }), cookie)
      .map(([set, cookie]) =>
        'session.cookie' in set ? { ...set, 'session.cookie': cookie } : set,
      ),
    unset: fc.subarray(keys, { maxLength: 2 }),
    matches: fc.constantFrom('dated' as const, 'live' as const, undefined),
  })
  // A server refuses two paths of which one is within the other
  .filter(({ set, unset }) => {
    const paths = [...Object.keys(set), ...unset]
    return paths.every((path, i) =>
      paths.every((other, j) => i === j || (path !== other && !other.startsWith(`${path}.`))),
    )
  })
  .map(({ expires, set, unset, matches }): Statement => {
    const $unset = Object.fromEntries(unset.map((path) => [path, '']))
    const $gt = new Date(NOW)
    const filter =
      matches === 'live'
        ? { _id: 'a', $or: [{ expires: { $gt } }, { expires: null }] }
        : { _id: 'a', expires: { $gt } }
    return {
      write: {
        filter,
        update: { $set: { expires, ...set }, ...(unset.length > 0 && { $unset }) },
        upsert: false,
      },
      names,
      matches,
      now: NOW,
    }
  })

const session = fc
  .tuple(fc.dictionary(fc.constantFrom('a', 'b'), value), fc.option(cookie, { nil: undefined }))
  .map(([data, cookie]): Data => (cookie ? { ...data, cookie } : data))
const insert = fc.record({ expires, session, owner: fc.option(value, { nil: undefined }) }).map(
  ({ owner, ...set }): Statement => ({
    write: {
      filter: { _id: 'a' },
      update:
        owner === undefined ? { $set: set, $unset: { owner: '' } } : { $set: { ...set, owner } },
      upsert: true,
    },
    names,
    now: NOW,
  }),
)
const removal = fc
  .boolean()
  .map((isOne): Statement => ({ write: { remove: { _id: 'a' }, isOne }, names, now: NOW }))
const statements = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: update },
    { weight: 2, arbitrary: insert },
    { weight: 1, arbitrary: removal },
  ),
  { minLength: 1, maxLength: 6 },
)
const record = fc.oneof(
  fc.constant(undefined),
  fc
    .record({ expires: fc.oneof(expires, fc.constant(null)), session, owner: value })
    .map((fields) => ({ _id: 'a', ...fields })),
)

it('comes to the same, whatever the writes and the record are', () => {
  fc.assert(
    fc.property(record, statements, (before, given) => {
      const frozen = JSON.stringify(given)
      const folded = fold(given)
      const expected = applied(
        before,
        given.map(({ write }) => write),
      )
      const outcome = applied(
        before,
        folded.map(({ write }) => write),
      )
      expect(comparable(outcome)).toEqual(comparable(expected))
      // Each is answered once, and what was given is left as it was
      expect(folded.flatMap(({ members }) => members).sort()).toEqual(given.map((_, i) => i))
      expect(JSON.stringify(given)).toBe(frozen)
    }),
    { numRuns: 5000 },
  )
})

const set = (paths: Data, matches: 'dated' | 'live' = 'dated'): Statement => ({
  write: {
    filter: { _id: 'a', expires: { $gt: new Date(NOW) } },
    update: { $set: { expires: new Date(NOW + 1), ...paths } },
    upsert: false,
  },
  names,
  matches,
  now: NOW,
})
const inserted: Statement = {
  write: {
    filter: { _id: 'a' },
    update: { $set: { expires: new Date(NOW + 1), session: { a: 1 } } },
    upsert: true,
  },
  names,
  now: NOW,
}
const removed: Statement = { write: { remove: { _id: 'a' }, isOne: true }, names, now: NOW }

it.each<[string, Statement[], number]>([
  ['updates', [set({ 'session.a': 1 }), set({ 'session.b': 2 }), set({ 'session.a': 3 })], 1],
  ['an insert and an update', [inserted, set({ 'session.b': 2 })], 1],
  ['two inserts', [inserted, inserted], 1],
  ['what is removed afterwards', [inserted, set({ 'session.b': 2 }), removed], 1],
  ['a removal, and updates of nothing', [removed, set({ 'session.b': 2 })], 1],
  ['a removal and an insert', [removed, inserted, set({ 'session.b': 2 })], 1],
  ['updates of which the second may find what the first does not', [set({}), set({}, 'live')], 2],
])('%s are folded', (_name, given, count) => {
  expect(fold(given)).toHaveLength(count)
})

it('writes into the value above a path, and leaves alone what was given', () => {
  const cookie = { path: '/', expires: 1 }
  const [first] = fold([set({ 'session.cookie': cookie }), set({ 'session.cookie.expires': 2 })])
  expect(first!.write).toMatchObject({
    update: { $set: { 'session.cookie': { path: '/', expires: 2 } } },
  })
  expect(cookie.expires).toBe(1)
})
