/** What goes on in the background, where the server does not answer. */
import { faultyProxy } from '../support/faulty-proxy'
import { itInFull } from '../support/in-full'
import { closedLater, newStore, next, type Options, sessionData } from '../support/server'

/** `drip` is what the driver does not give up on; twenty times what these come to is the store's limit. */
const LIMITS = { serverSelectionTimeoutMS: 350, socketTimeoutMS: 150 }

const PAST = -60_000

const prepared = async (options: Options) => {
  const proxy = closedLater(await faultyProxy())
  const make = () =>
    newStore({ uri: proxy.uri, connectionOptions: LIMITS, removeInterval: 20, ...options })
  return { proxy, make }
}

it('removal goes on after one that was never answered, with a warning', async () => {
  const { proxy, make } = await prepared({ autoRemove: 'interval' })
  const store = make()
  await store.ready()
  proxy.once.delete = 'drip'
  await store.set('old', sessionData({}, PAST))
  const warning = await next<Error>(store, 'warning')
  expect(warning).toMatchObject({
    code: 'ERR_MONGODB_STORE_REMOVAL',
    message: expect.stringMatching(/no answer within \d+ ms/),
  })
  await store.set('older', sessionData({}, PAST))
  while (await store.model.countDocuments()) await new Promise(setImmediate)
})

itInFull('removal begins where the index is never answered for, with a warning', async () => {
  const { proxy, make } = await prepared({ autoRemove: 'interval' })
  proxy.once.createIndexes = 'drip'
  const store = make()
  await store.set('old', sessionData({}, PAST))
  expect(await next<Error>(store, 'warning')).toMatchObject({
    code: 'ERR_MONGODB_STORE_INDEX',
    message: expect.stringMatching(/no answer within \d+ ms/),
  })
  while (await store.model.countDocuments()) await new Promise(setImmediate)
  expect(proxy.commands.filter((name) => name === 'createIndexes')).toHaveLength(1)
})

it('the start ends where the indexes are never told of, with a warning', async () => {
  const { proxy, make } = await prepared({ createIndexes: false })
  proxy.once.listIndexes = 'drip'
  const store = make()
  const warned = next<Error>(store, 'warning')
  await store.ready()
  expect(await warned).toMatchObject({
    code: 'ERR_MONGODB_STORE_INDEX',
    message: expect.stringMatching(/no answer within .*The server removes/),
  })
})
