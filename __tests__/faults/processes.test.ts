/** Two processes of one app on one collection, and visitors whose requests reach now one, now the other. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { newStore, uniqueName, uri } from '../support/server'
import { Visitor } from '../support/visitor'

const script = path.join(__dirname, '../support/scripts/app-process.js')
const said = async (child: ChildProcess) => (await once(child, 'message'))[0] as string

describe.each(['batched', 'not batched'])('two processes whose stores are %s', (batching) => {
  const collection = uniqueName()
  let children: ChildProcess[]
  let addresses: [string, string]

  beforeAll(async () => {
    const env = { ...process.env, URI: uri, COLLECTION: collection, BATCHING: batching }
    children = [0, 1].map(() => fork(script, { env }))
    addresses = (await Promise.all(children.map(said))) as [string, string]
  })

  afterAll(async () => {
    const ended = children.map((child) => once(child, 'exit'))
    for (const child of children) child.disconnect()
    const codes = (await Promise.all(ended)).map(([code]) => code)
    expect(codes).toEqual([0, 0])
  })

  /** The same visitor at either process. */
  async function visitor(): Promise<[Visitor, Visitor]> {
    const one = new Visitor(addresses[0])
    const two = new Visitor(addresses[1])
    await one.json('/set/user/ann')
    two.cookie = one.cookie
    return [one, two]
  }

  it('100 keys that are changed at once by both processes are all kept', async () => {
    const both = await visitor()
    const keys = Array.from({ length: 100 }, (_, i) => `key${i}`)
    await Promise.all(keys.map((key, i) => both[i % 2]!.json(`/set/${key}/${i}`)))
    for (const each of both) {
      const session = await each.json('/look')
      expect(session).toMatchObject({
        user: 'ann',
        ...Object.fromEntries(keys.map((k, i) => [k, `${i}`])),
      })
    }
  })

  it('a logout in one process ends the session in the other, also for a request under way', async () => {
    const [one, two] = await visitor()
    const arrived = said(children[1]!)
    const slow = two.json('/slow/set/late/yes')
    expect(await arrived).toBe('arrived')
    await one.json('/logout')
    expect(await two.copy().json('/look')).not.toHaveProperty('user')
    children[1]!.send('go on')
    await slow
    const store = newStore({ collection })
    expect(await store.collection.countDocuments({ _id: one.sid as never })).toBe(0)
    expect(await two.json('/look')).not.toHaveProperty('user')
  })

  it('100 sets of one new sid at once by both processes make one record, entire, and no error', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        fetch(`${addresses[i % 2]}/store/new/${i}`, { method: 'POST' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    const store = newStore({ collection })
    const { by, list } = (await store.get('new')) as unknown as { by: string; list: string[] }
    expect(list).toEqual([by, by])
    expect(await store.collection.countDocuments({ _id: 'new' as never })).toBe(1)
  })
})
