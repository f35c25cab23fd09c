/** What one turn asks for leaves together. */
import { Batcher } from '../../../src/records/batcher'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a batcher', () => {
  const start = (maxSize = 100) => {
    const sent: (readonly number[])[] = []
    const batcher = new Batcher<number>(maxSize, (items) => sent.push(items))
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
