/** The benchmark's distance between app and database: whole, in order, and for all that is under way at once. */
import { mongo } from 'mongoose'
import { closedLater, uri } from '../support/server'

interface Line {
  put(item: unknown): void
}
interface Child {
  call(method: string, input?: unknown): Promise<never>
  stop(): Promise<void>
}
const { DelayLine } = require('../../bench/delay-line') as {
  DelayLine: new (delay: number, release: (item: unknown, heldFor: number) => void) => Line
}
const { startChild } = require('../../bench/child-processes') as { startChild(file: string): Child }

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** What was put in over several turns of the event loop: what came out, and after how long. */
async function carried(count: number, delay: number) {
  const out: unknown[] = []
  const times: number[] = []
  const from = performance.now()
  await new Promise<void>((resolve, reject) => {
    const line = new DelayLine(delay, (thing, heldFor) => {
      out.push(thing)
      times.push(heldFor)
      if (out.length === count) resolve()
    })
    const putAll = async () => {
      for (let i = 0; i < count; i++) {
        line.put(i)
        if (i % 10 === 9) await nextTurn()
      }
    }
    putAll().catch(reject)
  })
  return { out, times, took: performance.now() - from }
}

it.each([1, 2.5, 20])(
  'lets out in order what it held for %d ms, and nothing sooner',
  async (ms) => {
    const { out, times } = await carried(200, ms)
    expect(out).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(ms)
  },
)

it('holds many at once: two hundred take no two hundred delays', async () => {
  const { took } = await carried(200, 50)
  expect(took).toBeLessThan(0.5 * 200 * 50)
})

it('the proxy leads to the same server and database, a delay each way later', async () => {
  const proxy = startChild('delay-proxy.js')
  closedLater({ close: () => proxy.stop() })
  const far: string = await proxy.call('listen', { uri, delay: 30 })
  const client = closedLater(await mongo.MongoClient.connect(far))
  const near = closedLater(await mongo.MongoClient.connect(uri))
  expect(client.db().databaseName).toBe(near.db().databaseName)
  const from = performance.now()
  await client.db().command({ ping: 1 })
  expect(performance.now() - from).toBeGreaterThanOrEqual(60)
  const held: { ms: number } = await proxy.call('delays')
  expect(held.ms).toBeGreaterThanOrEqual(30)
})
