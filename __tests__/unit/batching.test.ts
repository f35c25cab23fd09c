/** A turn's operations as one query, and the order of those on one sid. */
import { Batcher } from '../../src/batching'
import { Order } from '../../src/order'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function deferred() {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

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

describe('the order', () => {
  let endAll = () => {}
  // What is left without an answer would fail some other test, when its time is up
  afterEach(() => endAll())

  const start = (limit = 60_000) => {
    const order = new Order(() => limit)
    const began: string[] = []
    const operations = new Map<string, ReturnType<typeof deferred>>()
    let isOver = false
    const operation = (name: string) => () => {
      began.push(name)
      const ending = deferred()
      operations.set(name, ending)
      if (isOver) ending.resolve()
      return ending.promise
    }
    endAll = () => {
      isOver = true
      for (const { resolve } of operations.values()) resolve()
    }
    const end = async (name: string) => {
      operations.get(name)!.resolve()
      await turn()
    }
    const fail = (name: string, reason: unknown = 0) => operations.get(name)!.reject(reason)
    return { order, began, operation, end, fail }
  }

  it('of a write after a write is kept', async () => {
    const { order, began, operation, end } = start()
    order.write('a', operation('first'))
    order.write('a', operation('second'))
    expect(began).toEqual(['first'])
    await end('first')
    expect(began).toEqual(['first', 'second'])
  })

  it('of a read after a write, and a write after a read, is kept', async () => {
    const { order, began, operation, end } = start()
    order.read('a', operation('read'))
    order.write('a', operation('write'))
    order.read('a', operation('late read'))
    expect(began).toEqual(['read'])
    await end('read')
    expect(began).toEqual(['read', 'write'])
    await end('write')
    expect(began).toEqual(['read', 'write', 'late read'])
  })

  it('lets reads of one sid, and operations on different sids, go side by side', () => {
    const { order, began, operation } = start()
    order.read('a', operation('one'))
    order.read('a', operation('two'))
    order.write('b', operation('three'))
    expect(began).toEqual(['one', 'two', 'three'])
  })

  it('goes on after a failure', async () => {
    const { order, began, operation, fail } = start()
    const failing = order.write('a', operation('first'))
    const second = order.write('a', operation('second'))
    fail('first')
    await expect(failing).rejects.toBe(0)
    expect(began).toEqual(['first', 'second'])
    second.catch(() => {})
  })

  it('of a write to all holds up what comes after, and waits for what came before', async () => {
    const { order, began, operation, end } = start()
    order.write('a', operation('before'))
    order.writeAll(operation('clear'))
    order.write('b', operation('after'))
    order.writeAll(operation('clear again'))
    order.readAll(operation('count'))
    expect(began).toEqual(['before'])
    await end('before')
    expect(began).toEqual(['before', 'clear'])
    await end('clear')
    expect(began).toEqual(['before', 'clear', 'after'])
    await end('after')
    expect(began).toEqual(['before', 'clear', 'after', 'clear again'])
    await end('clear again')
    expect(began).toEqual(['before', 'clear', 'after', 'clear again', 'count'])
  })

  it('forgets a sid when its operations have ended', async () => {
    const { order, operation, end } = start()
    for (let i = 0; i < 3; i++) {
      order.write('a', operation(`${i}`))
      await end(`${i}`)
    }
    const before = deferred()
    expect(await Promise.race([order.writeAll(async () => 'free'), before.promise])).toBe('free')
  })

  it.each(['read', 'write'] as const)(
    'answers a %s whose time is up in the line, and does not send it',
    async (kind) => {
      const { order, began, operation, end } = start(5)
      order.write('a', operation('first'))
      const late = order[kind]('a', operation('late'))
      await expect(late).rejects.toThrow(/^no answer within 5 ms: it waited .* was not sent$/)
      const next = order.write('a', operation('next'))
      expect(began).toEqual(['first'])
      await end('first')
      expect(began).toEqual(['first', 'next'])
      await end('next')
      await next
    },
  )

  it('answers what waits for a write to all when its time is up, and does not send it', async () => {
    const { order, began, operation, end } = start(5)
    order.writeAll(operation('clear'))
    await turn()
    const waiting = [
      order.read('a', operation('get')),
      order.write('b', operation('set')),
      order.readAll(operation('count')),
      order.writeAll(operation('clear again')),
    ]
    const outcomes = await Promise.allSettled(waiting)
    expect(outcomes.map(({ status }) => status)).toEqual(waiting.map(() => 'rejected'))
    await end('clear')
    expect(began).toEqual(['clear'])
    const next = order.read('a', operation('next'))
    await turn()
    expect(began).toEqual(['clear', 'next'])
    await end('next')
    await next
  })

  it('does not take the time of a write to all for the time that it waited', async () => {
    const { order, operation, end } = start(5)
    order.write('a', operation('first'))
    const clearing = order.writeAll(operation('clear'))
    const counting = order.readAll(operation('count'))
    await end('first')
    const late = order.read('a', operation('late'))
    await expect(late).rejects.toThrow('no answer within 5 ms')
    await expect(counting).rejects.toThrow('no answer within 5 ms')
    await end('clear')
    await clearing
  })

  it('answers what waited while no server was found, and sends what is asked for later', async () => {
    const { order, began, operation, fail } = start()
    const failed = order.write('a', operation('first'))
    const waiting = [
      order.write('a', operation('second')),
      order.read('a', operation('third')),
      order.readAll(operation('count')),
    ]
    const reason = Object.assign(new Error('x'), { name: 'MongoServerSelectionError' })
    fail('first', reason)
    const outcomes = await Promise.allSettled([failed, ...waiting])
    expect(outcomes).toEqual([1, 2, 3, 4].map(() => ({ status: 'rejected', reason })))
    expect(began).toEqual(['first'])
    order.write('a', operation('next'))
    order.read('a', operation('a read'))
    expect(began).toEqual(['first', 'next'])
  })
})
