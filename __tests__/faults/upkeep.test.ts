/** What goes on in the background, where the server does not answer. */
import { MANY_RECORDS_FACTOR, timeLimit } from '../../src/connection/time-limit'
import { faultyProxy } from '../support/faulty-proxy'
import { itInFull } from '../support/in-full'
import {
  closedLater,
  type MongoDBStore,
  newStore,
  next,
  type Options,
  sessionData,
} from '../support/server'

const PAST = -60_000
const INTERVAL = 20
/** With the limits that the driver has by itself. */
const LIMIT = timeLimit({})

// The store's timers run when the test says so, since the limits are long
const REAL = [
  'nextTick',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'Date',
  'performance',
] as const
beforeEach(
  () => void jest.useFakeTimers({ doNotFake: [...REAL, 'clearImmediate', 'clearInterval'] }),
)
afterEach(() => void jest.useRealTimers())

const prepared = async (options: Options) => {
  const proxy = closedLater(await faultyProxy())
  const make = () => newStore({ uri: proxy.uri, removeInterval: INTERVAL, ...options })
  return { proxy, make }
}

/** Intervals go by until nothing is left. */
async function removed(store: MongoDBStore): Promise<void> {
  while (await store.model.countDocuments()) jest.advanceTimersByTime(2 * INTERVAL)
}

// `drip` is what the driver does not give up on

it('removal goes on after one that was never answered, with a warning', async () => {
  const { proxy, make } = await prepared({ autoRemove: 'interval' })
  const store = make()
  await store.ready()
  proxy.once.delete = 'drip'
  await store.set('old', sessionData({}, PAST))
  const warned = next<Error>(store, 'warning')
  jest.advanceTimersByTime(2 * INTERVAL)
  await proxy.received('delete')
  jest.advanceTimersByTime(MANY_RECORDS_FACTOR * LIMIT)
  expect(await warned).toMatchObject({
    code: 'ERR_MONGODB_STORE_REMOVAL',
    message: expect.stringMatching(/no answer within \d+ ms/),
  })
  await store.set('older', sessionData({}, PAST))
  await removed(store)
})

itInFull('removal begins where the index is never answered for, with a warning', async () => {
  const { proxy, make } = await prepared({ autoRemove: 'interval' })
  proxy.once.createIndexes = 'drip'
  const store = make()
  const warned = next<Error>(store, 'warning')
  await store.set('old', sessionData({}, PAST))
  await proxy.received('createIndexes')
  jest.advanceTimersByTime(MANY_RECORDS_FACTOR * LIMIT)
  expect(await warned).toMatchObject({
    code: 'ERR_MONGODB_STORE_INDEX',
    message: expect.stringMatching(/no answer within \d+ ms/),
  })
  await removed(store)
  expect(proxy.commands.filter((name) => name === 'createIndexes')).toHaveLength(1)
})

it('the start ends where the indexes are never told of, with a warning', async () => {
  const { proxy, make } = await prepared({ createIndexes: false })
  proxy.once.listIndexes = 'drip'
  const store = make()
  const warned = next<Error>(store, 'warning')
  await proxy.received('listIndexes')
  jest.advanceTimersByTime(LIMIT)
  await store.ready()
  expect(await warned).toMatchObject({
    code: 'ERR_MONGODB_STORE_INDEX',
    message: expect.stringMatching(/no answer within .*The server removes/),
  })
})
