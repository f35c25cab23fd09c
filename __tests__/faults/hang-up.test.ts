/** A server that ends its connections in good order, while operations go out. */

import mongoose from 'mongoose'
import { hugeServer } from '../support/huge-server'
import { NOWHERE, refused } from '../support/nowhere'
import { closedLater, MongoDBStore, newStore, type Options, uniqueName } from '../support/server'
import { isInTime, LIMITS } from '../support/wire-faults'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Both at once: they mostly wait. */
const FORMS = { batched: {}, 'each as itself': { batch: false } } satisfies Record<string, Options>

it('operations, batched or each as itself, are answered while the server hangs up, and after it', async () => {
  const answered = Object.entries(FORMS).map(async ([form, options]) => [
    form,
    await hungUp(options),
  ])
  const allInTime = Object.keys(FORMS).map((form) => [form, [true, true]])
  expect(await Promise.all(answered)).toEqual(allInTime)
})

/** For each time that the server has hung up, whether all operations were answered in time. */
async function hungUp(options: Options): Promise<boolean[]> {
  const inTime: boolean[] = []
  const server = await hugeServer({ records: 1, filling: '' })
  const store = newStore({ uri: server.uri, connectionOptions: LIMITS, ...options })
  await store.ready()
  for (let round = 0; round < 2; round++) {
    await Promise.all([1, 2, 3, 4].map(() => store.get('a')))
    server.endConnections()
    const asked: Promise<unknown>[] = []
    for (let i = 0; i < 20; i++) {
      await turn()
      asked.push(store.get(`${i}`).catch((error) => expect(error.code).toMatch(/_GET$/)))
    }
    inTime.push(await isInTime(Promise.all(asked)))
  }
  await store.get('a')
  return inTime
}

it("an operation fails with the true cause where the app's connection fails to open after it", async () => {
  const { message } = await refused(async (limits) => {
    const connection = closedLater(mongoose.createConnection())
    const store = closedLater(new MongoDBStore({ connection, collection: uniqueName() }))
    const getting = store.get('a')
    const opening = connection.openUri(NOWHERE, limits)
    const [got, opened] = await Promise.allSettled([getting, opening])
    expect(opened.status).toBe('rejected')
    return (got as PromiseRejectedResult).reason
  })
  expect(message).toMatch(/^Error finding [\da-f]{16}: .*ECONNREFUSED/)
})
