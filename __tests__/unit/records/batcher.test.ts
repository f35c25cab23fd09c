/** A turn's operations as one query. */
import { Batcher } from '../../../src/records/batcher'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a batcher', () => {
  const start = (maxSize = 100, now?: () => number) => {
    const sent: unknown[] = []
    const batcher = new Batcher<number, number>(
      maxSize,
      async (input) => {
        sent.push(input)
        return input * 2
      },
      async (inputs) => {
        sent.push([...inputs])
        return inputs.map((input) =>
          input < 0 ? { error: new Error(`no ${input}`) } : { value: input * 2 },
        )
      },
      now,
    )
    return { sent, batcher }
  }

  it('sends what one turn asks for together, and answers each', async () => {
    const { sent, batcher } = start()
    expect(await Promise.all([1, 2, 3].map((n) => batcher.add(n)))).toEqual([2, 4, 6])
    expect(sent).toEqual([[1, 2, 3]])
  })

  it('sends a lone operation as itself', async () => {
    const { sent, batcher } = start()
    expect(await batcher.add(1)).toBe(2)
    expect(sent).toEqual([1])
  })

  it('sends nothing before the turn ends, and nothing that was asked for later', async () => {
    const { sent, batcher } = start()
    const first = batcher.add(1)
    expect(sent).toEqual([])
    await turn()
    const second = batcher.add(2)
    await Promise.all([first, second])
    expect(sent).toEqual([1, 2])
  })

  it('sends a full batch at once', async () => {
    const { sent, batcher } = start(2)
    await Promise.all([1, 2, 3, 4, 5].map((n) => batcher.add(n)))
    expect(sent).toEqual([[1, 2], [3, 4], 5])
  })

  it('of one sends each as itself, at once', async () => {
    const { sent, batcher } = start(1)
    const asked = [1, 2, 3].map((n) => batcher.add(n))
    expect(sent).toEqual([1, 2, 3])
    expect(await Promise.all(asked)).toEqual([2, 4, 6])
  })

  it('does not wait for the end of a turn that takes long', async () => {
    let now = 0
    const { sent, batcher } = start(100, () => now)
    const asked: Promise<number>[] = []
    // As the callbacks of four sockets, in one turn
    const callback = (at: number, ...numbers: number[]) =>
      process.nextTick(() => {
        now = at
        asked.push(...numbers.map((n) => batcher.add(n)))
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
    expect(await Promise.all(asked)).toEqual([2, 4, 6, 8, 10, 12])
  })

  it('sends what one callback asks for together, however long it took to ask', async () => {
    let now = 0
    const { sent, batcher } = start(100, () => now++)
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => batcher.add(n)))
    expect(sent).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]])
  })

  it('lets one fail alone', async () => {
    const { batcher } = start()
    const outcomes = await Promise.allSettled([1, -2, 3].map((n) => batcher.add(n)))
    expect(outcomes).toMatchObject([{ value: 2 }, { reason: { message: 'no -2' } }, { value: 6 }])
  })

  it('fails each once where the batch fails', async () => {
    const fail = () => Promise.reject(new Error('away'))
    const batcher = new Batcher<number, number>(9, fail, fail)
    const outcomes = await Promise.allSettled([1, 2].map((n) => batcher.add(n)))
    expect(outcomes).toMatchObject([
      { reason: { message: 'away' } },
      { reason: { message: 'away' } },
    ])
  })
})
