/** What one turn asks for leaves together. */
import { Batcher } from '../../../src/records/batcher'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a batcher', () => {
  const start = (maxSize = 100, now?: () => number) => {
    const sent: (readonly number[])[] = []
    const batcher = new Batcher<number>(maxSize, (items) => sent.push(items), now)
    const add = (...items: number[]) => {
      for (const item of items) batcher.add(item)
    }
    return { sent, add }
  }

  it('sends what one turn asks for together', async () => {
    const { sent, add } = start()
    add(1, 2, 3)
    await turn()
    expect(sent).toEqual([[1, 2, 3]])
  })

  it('sends nothing before the turn ends, and nothing that was asked for later', async () => {
    const { sent, add } = start()
    add(1)
    expect(sent).toEqual([])
    await turn()
    add(2)
    expect(sent).toEqual([[1]])
    await turn()
    expect(sent).toEqual([[1], [2]])
  })

  it('sends a full batch at once', async () => {
    const { sent, add } = start(2)
    add(1, 2, 3, 4, 5)
    expect(sent).toEqual([
      [1, 2],
      [3, 4],
    ])
    await turn()
    expect(sent.at(-1)).toEqual([5])
  })

  it('of one sends each as itself, at once', () => {
    const { sent, add } = start(1)
    add(1, 2, 3)
    expect(sent).toEqual([[1], [2], [3]])
  })

  it('does not wait for the end of a turn that takes long', async () => {
    let now = 0
    const { sent, add } = start(100, () => now)
    // As the callbacks of four sockets, in one turn
    const callback = (at: number, ...items: number[]) =>
      process.nextTick(() => {
        now = at
        add(...items)
      })
    callback(0, 1)
    callback(2, 2, 3)
    callback(4, 4, 5)
    callback(6, 6)
    await new Promise(process.nextTick)
    expect(sent).toEqual([[1, 2, 3]])
    await turn()
    expect(sent).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })

  it('sends what one callback asks for together, however long it took to ask', async () => {
    let now = 0
    const { sent, add } = start(100, () => now++)
    add(1, 2, 3, 4, 5, 6, 7, 8)
    await turn()
    expect(sent).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]])
  })

  it('sends what is asked for while it sends in the next batch', async () => {
    const sent: (readonly number[])[] = []
    const batcher: Batcher<number> = new Batcher(100, (items) => {
      if (sent.push(items) === 1) batcher.add(2)
    })
    batcher.add(1)
    await turn()
    await turn()
    expect(sent).toEqual([[1], [2]])
  })
})
