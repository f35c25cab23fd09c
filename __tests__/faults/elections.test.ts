/** docs/scaling.md, "What a request sees of an election": a primary that is one no more. */
import { type Fault, faultyProxy } from '../support/faulty-proxy'
import { closedLater, itIfServerHas, newStore, sessionData, uniqueName } from '../support/server'

/** As a member of a replica set answers, so that the driver tries writes again as well. */
const MEMBER = {
  ...{ ok: 1, isWritablePrimary: true, ismaster: true, setName: 'rs', hosts: ['127.0.0.1:1'] },
  ...{ minWireVersion: 0, maxWireVersion: 21, logicalSessionTimeoutMinutes: 30 },
  ...{ maxBsonObjectSize: 2 ** 24, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
}
const LABELS = { errorLabels: ['RetryableWriteError'] }
const REFUSAL = { code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary', ...LABELS }
const STEPPING_DOWN: [string, Fault][] = [
  ['is no primary any more', REFUSAL],
  ['steps down', { code: 189, codeName: 'PrimarySteppedDown', errmsg: 'stepped down', ...LABELS }],
]

/** After a refusal the driver asks again who the server is, by itself not before half a second. */
const SOON = { minHeartbeatFrequencyMS: 20 }

/** A store that goes through the proxy, and one beside it. */
async function opened(options = {}) {
  const proxy = closedLater(
    await faultyProxy({ hello: MEMBER, ismaster: MEMBER, isMaster: MEMBER }),
  )
  const collection = uniqueName()
  const store = newStore({ uri: proxy.uri, collection, connectionOptions: SOON, ...options })
  // The first handshake is in a form that the proxy passes on; after a refusal the driver asks anew
  proxy.once.find = REFUSAL
  await store.get('nobody')
  return { proxy, store, beside: newStore({ collection }) }
}

describe.each(STEPPING_DOWN)('where a server %s', (_, refusal) => {
  describe.each([
    ['batched', {}],
    ['each as itself', { batch: false as const }],
  ])('%s', (_, options) => {
    it('reads are late, and nothing else', async () => {
      const { proxy, store, beside } = await opened(options)
      for (const sid of ['a', 'b']) await beside.set(sid, sessionData({ views: 1 }))
      proxy.once.find = refusal
      const found = await Promise.all(['a', 'b'].map((sid) => store.get(sid)))
      expect(found).toMatchObject([{ views: 1 }, { views: 1 }])
      expect(Object.keys(proxy.once)).toEqual([])
    })

    itIfServerHas('retryableWrites', 'writes are late, and nothing else', async () => {
      const { proxy, store } = await opened(options)
      proxy.once.update = refusal
      await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData({ views: 2 }))))
      expect(Object.keys(proxy.once)).toEqual([])

      proxy.once.update = refusal
      const touching = ['a', 'b'].map((sid) => store.touch(sid, sessionData({}, 120_000)))
      await Promise.all(touching)
      expect(Object.keys(proxy.once)).toEqual([])

      proxy.once.delete = refusal
      await store.destroy('a')
      expect(Object.keys(proxy.once)).toEqual([])
      expect(await store.all()).toMatchObject([{ id: 'b', views: 2 }])
    })
  })

  it('what is refused a second time fails, with the code of the operation', async () => {
    const { proxy, store, beside } = await opened()
    await beside.set('a', sessionData())
    proxy.faults.find = refusal
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_GET' })
    delete proxy.faults.find
    expect(await store.get('a')).not.toBeNull()
  })

  it('destroyMany fails, and does what it should when it is called again', async () => {
    const { proxy, store, beside } = await opened()
    await beside.set('a', sessionData({ userId: 'ada' }))
    proxy.once.delete = refusal
    const failing = store.destroyMany({ 'session.userId': 'ada' })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_DESTROY_MANY' })
    expect(await store.destroyMany({ 'session.userId': 'ada' })).toBe(1)
  })
})
