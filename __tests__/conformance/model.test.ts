/** Random sequences of operations come to what is promised, and to what MemoryStore does. */
import type { SessionData } from 'express-session'
import { withClock } from '../support/model/clock'
import { type FormName, twoStores } from '../support/model/forms'
import { search } from '../support/model/search'
import { MongoDBStore, newConnection } from '../support/server'

const RUNS = 10_000
/** The same each time: `npm run fuzz` is what looks further. */
const SEED = 20_261_124

it(`${RUNS} random sequences of operations come to what is promised, in every form`, async () => {
  const found = await search(await newConnection(), { runs: RUNS, seed: SEED })
  if (!found) return
  throw new Error(`npm run fuzz -- --seed ${found.seed} --path ${found.path}\n${found.report}`)
}, 240_000)

describe('a store that', () => {
  const { get, set } = MongoDBStore.prototype
  type Faulty = Record<string, (...args: never[]) => void>
  type Callback = (error: Error | null, value?: unknown) => void

  it.each<[string, (store: MongoDBStore) => Faulty]>([
    [
      'forgets what came from it',
      (store) => ({
        set: (sid: string, session: SessionData, done: Callback) =>
          set.call(store, sid, { ...session }, done),
      }),
    ],
    [
      'serves a session for a millisecond too long',
      (store) => ({
        get: (sid: string, done: Callback) =>
          withClock(Date.now() - 1, async () => get.call(store, sid, done)),
      }),
    ],
    ['does not touch', () => ({ touch: (_sid, _session, done: Callback) => done(null) })],
    ['does not destroy', () => ({ destroy: (_sid, done: Callback) => done(null) })],
    [
      'clears at once, and not in its turn',
      ({ model }) => ({
        clear: async (done: Callback) => done(null, void (await model.deleteMany({}))),
      }),
    ],
    [
      'counts what has expired',
      ({ model }) => ({
        length: async (done: Callback) => done(null, await model.countDocuments()),
      }),
    ],
  ])('%s is found out', async (_fault, faulty) => {
    const found = await search(await newConnection(), {
      runs: 4000,
      seed: SEED,
      shrinks: false,
      stores: (form: FormName, connection) => {
        const [one, two] = twoStores(form, connection)
        for (const store of [one, two]) Object.assign(store, faulty(store))
        return [one, two]
      },
    })
    expect(found?.report).toContain('where the promise is')
  })
})
