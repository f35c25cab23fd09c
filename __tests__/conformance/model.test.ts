/** Random sequences of operations come to what is promised, and to what MemoryStore does. */
import type { SessionData } from 'express-session'
import { fullOrShort } from '../support/in-full'
import { withClock } from '../support/model/clock'
import { type FormName, twoStores } from '../support/model/forms'
import { search } from '../support/model/search'
import { SERVER_ABILITIES, type ServerAbilities } from '../support/model/sequence'
import { MongoDBStore, newConnection, serverHas } from '../support/server'

/** The same each time: `npm run fuzz` is what looks further. */
const SEED = 20_261_124

const abilities = Object.fromEntries(
  SERVER_ABILITIES.map((ability) => [ability, serverHas(ability)]),
) as ServerAbilities
const lacking = SERVER_ABILITIES.filter((ability) => !abilities[ability])
/** Fewer where the server has to be spared something: it is then slow, and no MongoDB. */
const RUNS = fullOrShort(lacking.length > 0 ? 2000 : 10_000, 400)
const but = lacking.length > 0 ? ` [the server lacks: ${lacking.join(', ')}]` : ''

it(`${RUNS} random sequences of operations come to what is promised, in every form${but}`, async () => {
  const found = await search(await newConnection(), { runs: RUNS, seed: SEED, abilities })
  if (!found) return
  throw new Error(`npm run fuzz -- --seed ${found.seed} --path ${found.path}\n${found.report}`)
}, 900_000)

describe('a store that', () => {
  type Method = (...args: unknown[]) => Promise<unknown>
  type Faulty = Record<string, (...args: never[]) => unknown>
  type Callback = (error: Error | null, value?: unknown) => void
  const { get, set, destroy, destroyMany, sessions } = MongoDBStore.prototype as unknown as Record<
    'get' | 'set' | 'destroy' | 'destroyMany' | 'sessions',
    Method
  >

  /** With a callback or without. */
  const answering =
    (work: (...args: never[]) => Promise<unknown>) =>
    (...args: unknown[]): Promise<unknown> | undefined => {
      const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined
      const working = work(...(args as never[]))
      if (!callback) return working
      working.then((value) => callback(null, value), callback)
      return undefined
    }

  it.each<[string, (store: MongoDBStore) => Faulty]>([
    [
      'forgets what came from it',
      (store) => ({
        set: answering((sid: string, session: SessionData) => set.call(store, sid, { ...session })),
      }),
    ],
    [
      'serves a session for a millisecond too long',
      (store) => ({
        get: answering((sid: string) => withClock(Date.now() - 1, () => get.call(store, sid))),
      }),
    ],
    ['does not touch', () => ({ touch: answering(async () => {}) })],
    ['does not destroy', () => ({ destroy: answering(async () => {}) })],
    [
      'does not destroy where nobody gives a callback',
      (store) => ({
        destroy: async (sid: string, done?: Callback) => done && destroy.call(store, sid, done),
      }),
    ],
    [
      'counts what has expired',
      ({ model }) => ({ length: answering(async () => model.countDocuments()) }),
    ],
    [
      'lists sessions whatever the filter says',
      (store) => ({ sessions: () => sessions.call(store, {}) }),
    ],
    [
      'ends sessions whatever the filter says',
      (store) => ({
        destroyMany: answering(() => destroyMany.call(store, { _id: { $ne: 'none' } })),
      }),
    ],
    [
      'ends by a filter what is stored, and not what is on its way there',
      ({ model }) => ({
        destroyMany: answering(async (filter: object) => {
          const { deletedCount } = await model.deleteMany(filter)
          return deletedCount
        }),
      }),
    ],
  ])('%s is found out', async (_fault, faulty) => {
    const found = await search(await newConnection(), {
      runs: 4000,
      seed: SEED,
      shrinks: false,
      abilities,
      stores: (form: FormName, connection) => {
        const [one, two] = twoStores(form, connection)
        for (const store of [one, two]) Object.assign(store, faulty(store))
        return [one, two]
      },
    })
    expect(found?.report).toContain('where the promise is')
  })
})
