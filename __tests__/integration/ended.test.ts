/** The sessions that end, whoever ends them, as `store.ended()` tells them. */
import { end, streamsOf } from '../support/change-stream'
import {
  itIfServerHas,
  type MongoDBStore,
  newStore,
  next,
  type Options,
  serverHas,
  sessionData,
  uniqueName,
} from '../support/server'

async function start(options: Options = {}) {
  const store = await newStore(options).ready()
  return { store, streams: streamsOf(store.model) }
}

/** Reads as many ids. */
async function read(ended: AsyncIterable<{ id: string }>, count: number): Promise<string[]> {
  const ids: string[] = []
  if (count > 0) for await (const { id } of ended) if (ids.push(id) === count) break
  return ids
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('tells each end by the id of the record, in order, to every loop over one stream', async () => {
  const { store, streams } = await start()
  const reading = [read(store.ended(), 3), read(store.ended(), 1), read(store.ended(), 3)]
  await turn()
  streams[0]!.give(end('a'), end('b'), end('c'))
  expect(await Promise.all(reading)).toEqual([['a', 'b', 'c'], ['a'], ['a', 'b', 'c']])
  expect(streams).toHaveLength(1)
  expect(streams[0]!.isClosed).toBe(true)
})

it('opens nothing before the first step, and another stream after the last loop has ended', async () => {
  const { store, streams } = await start()
  const ended = store.ended()
  await turn()
  expect(streams).toHaveLength(0)
  for (const id of ['a', 'b']) {
    const reading = read(store.ended(), 1)
    await turn()
    streams.at(-1)!.give(end(id))
    expect(await reading).toEqual([id])
  }
  expect(streams.map(({ isClosed }) => isClosed)).toEqual([true, true])
  await ended.return()
})

it('keeps what ends while a loop is busy', async () => {
  const { store, streams } = await start()
  const ended = store.ended()
  const first = ended.next()
  await turn()
  streams[0]!.give(...['a', 'b', 'c'].map(end))
  await first
  await turn()
  expect(await read(ended, 2)).toEqual(['b', 'c'])
})

it('ends with its signal alone', async () => {
  const { store, streams } = await start()
  const [aborted, going] = [new AbortController(), new AbortController()]
  const ending = read(store.ended({ signal: aborted.signal }), 9)
  const other = read(store.ended({ signal: going.signal }), 9)
  await turn()
  streams[0]!.give(end('a'))
  await turn()
  aborted.abort()
  expect(await ending).toEqual(['a'])
  expect(streams[0]!.isClosed).toBe(false)
  streams[0]!.give(end('b'))
  await turn()
  going.abort()
  expect(await other).toEqual(['a', 'b'])
  expect(streams[0]!.isClosed).toBe(true)
  expect(await read(store.ended({ signal: aborted.signal }), 9)).toEqual([])
  expect(streams).toHaveLength(1)
})

it('ends with `close`, after which the store refuses', async () => {
  const { store, streams } = await start()
  const ended = store.ended()
  const reading = read(ended, 9)
  await turn()
  streams[0]!.give(end('a'))
  await turn()
  await store.close()
  expect(await reading).toEqual(['a'])
  expect(streams[0]!.isClosed).toBe(true)
  await expect(read(store.ended(), 1)).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
})

it('ends with `close` before its first step is done', async () => {
  const { store, streams } = await start()
  const reading = read(store.ended(), 1)
  await store.close()
  expect(await reading).toEqual([])
  expect(streams).toEqual([])
})

it('goes on where the collection is dropped', async () => {
  const { store, streams } = await start()
  const reading = read(store.ended(), 2)
  await turn()
  streams[0]!.give(end('a'), { operationType: 'invalidate' })
  await turn()
  streams[1]!.give(end('b'))
  expect(await reading).toEqual(['a', 'b'])
  expect(streams.map(({ isClosed }) => isClosed)).toEqual([true, true])
})

it('a stream that fails ends every loop with an error, which the store tells, and the next loop opens another', async () => {
  const { store, streams } = await start()
  const errors: unknown[] = []
  store.on('error', (error) => errors.push(error))
  const reading = [1, 2].map(() => read(store.ended(), 9))
  await turn()
  const cause = Object.assign(new Error('not for the log'), { code: 286, codeName: 'Lost' })
  streams[0]!.give(cause)
  for (const { reason } of (await Promise.allSettled(reading)) as PromiseRejectedResult[]) {
    expect(reason).toMatchObject({ code: 'ERR_MONGODB_STORE_ENDED', cause })
    expect(reason.message).not.toContain('not for the log')
  }
  await turn()
  expect(errors).toHaveLength(2)
  const after = read(store.ended(), 1)
  await turn()
  streams[1]!.give(end('a'))
  expect(await after).toEqual(['a'])
})

it('a stream that fails after its last loop was aborted, and before it has ended, disturbs nobody', async () => {
  const { store, streams } = await start()
  const controller = new AbortController()
  const ended = store.ended({ signal: controller.signal })
  const first = ended.next()
  await turn()
  streams[0]!.give(end('a'))
  await first
  // The loop is busy with the first
  controller.abort()
  streams[0]!.give(new Error('lost'))
  await turn()
  expect(await ended.next()).toMatchObject({ done: true })
})

it('a model that cannot be watched is an error of the loop', async () => {
  const { store } = await start()
  store.on('error', () => {})
  store.model.watch = () => {
    throw new Error('no')
  }
  await expect(read(store.ended(), 1)).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_ENDED' })
})

it('is refused where the session id is in another field, which no end names', async () => {
  const { store, streams } = await start({ idField: 'sid' })
  const error = await read(store.ended(), 1).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'ERR_MONGODB_STORE_ENDED' })
  expect((error as Error).message).toContain('`idField`')
  expect(streams).toHaveLength(0)
})

if (!serverHas('changeStreams')) {
  it('a server that has no change streams is told at the first step', async () => {
    const store = await newStore().ready()
    const error = next(store, 'error')
    await expect(read(store.ended(), 1)).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_ENDED' })
    expect(await error).toMatchObject({ code: 'ERR_MONGODB_STORE_ENDED' })
  })
}

describe('on a server that has change streams', () => {
  /** Ends sessions until the stream is open, and tells of one. */
  async function opened(store: MongoDBStore, ended: AsyncGenerator<{ id: string }>): Promise<void> {
    let isOpen = false
    const first = ended.next().then(() => {
      isOpen = true
    })
    for (let i = 0; !isOpen; i++) {
      await store.set(`first ${i}`, sessionData())
      await store.destroy(`first ${i}`)
    }
    await first
  }

  itIfServerHas('changeStreams', 'tells what any store or query ends', async () => {
    const collection = uniqueName()
    const [store, other] = [newStore({ collection }), newStore({ collection })]
    const ended = store.ended()
    await opened(store, ended)
    for (const sid of ['a', 'b', 'c', 'd']) await store.set(sid, sessionData({ sid }))
    await store.destroy('a')
    await other.destroy('b')
    await other.destroyMany({ 'session.sid': 'c' })
    await other.model.deleteOne({ _id: 'd' })
    const told: string[] = []
    for await (const { id } of ended) {
      if (!id.startsWith('first')) told.push(id)
      if (id === 'd') break
    }
    expect(told).toEqual(['a', 'b', 'c', 'd'])
  })

  itIfServerHas('changeStreams', 'goes on where the collection is dropped', async () => {
    const store = newStore()
    const ended = store.ended()
    await opened(store, ended)
    await store.collection.drop()
    await opened(store, ended)
  })

  itIfServerHas('changeStreams', 'lets `close` end a loop that waits', async () => {
    const store = newStore()
    const ended = store.ended()
    await opened(store, ended)
    const waiting = read(ended, 999)
    await store.close()
    await waiting
  })
})
