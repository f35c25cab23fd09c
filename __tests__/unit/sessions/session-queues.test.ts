/** The order of operations on one session, and of those on all. */
import { SessionQueues } from '../../../src/sessions/session-queues'

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

describe('the operations on one session', () => {
  let endAll = () => {}
  /** How many left together, each time. */
  let sent: number[] = []
  // What is left without an answer would fail some other test, when its time is up
  afterEach(() => endAll())

  const start = (limit = 60_000) => {
    sent = []
    /** Each of the writes that leave together is sent as itself, one after the other. */
    const order = new SessionQueues<() => Promise<void>>(
      async (take) => {
        const taken = take()
        sent.push(taken.length)
        for (const queued of taken) {
          await queued.write().then(
            () => queued.resolve(),
            (error) => queued.reject(error),
          )
        }
      },
      () => limit,
    )
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

  it('of writes that queue up is kept, and they leave together', async () => {
    const { order, began, operation, end } = start()
    order.write('a', operation('first'))
    for (const name of ['second', 'third', 'fourth']) order.write('a', operation(name))
    expect(sent).toEqual([1])
    await end('first')
    expect(sent).toEqual([1, 3])
    for (const name of ['second', 'third', 'fourth']) await end(name)
    expect(began).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('of a read between two writes is kept', async () => {
    const { order, began, operation, end } = start()
    order.write('a', operation('first'))
    order.read('a', operation('read'))
    order.write('a', operation('second'))
    await end('first')
    expect(began).toEqual(['first', 'read'])
    await end('read')
    expect(began).toEqual(['first', 'read', 'second'])
    expect(sent).toEqual([1, 1])
  })

  it('lets what is issued while a write gathers go along', async () => {
    const { operation } = start()
    let take: () => readonly unknown[] = () => []
    const queues = new SessionQueues<() => Promise<void>>(
      (taking) => {
        take = taking
      },
      () => 60_000,
    )
    const writes = [queues.write('a', operation('first')), queues.write('a', operation('second'))]
    const taken = take() as { resolve(): void }[]
    expect(taken).toHaveLength(2)
    for (const queued of taken) queued.resolve()
    await Promise.all(writes)
  })

  it('lets reads of another server go on where no primary was found', async () => {
    const { began, operation } = start()
    const reason = Object.assign(new Error('x'), { name: 'MongoServerSelectionError' })
    const queues = new SessionQueues<string>(
      async (take) => {
        await turn()
        for (const queued of take()) queued.reject(reason)
      },
      () => 60_000,
      () => false,
    )
    const failed = [queues.write('a', 'first')]
    queues.read('a', operation('read'))
    failed.push(queues.read('a', operation('touch'), true))
    expect(await Promise.allSettled(failed)).toMatchObject([{ reason }, { reason }])
    expect(began).toEqual(['read'])
  })

  it('lets writes go on where a read found no other server', async () => {
    const reason = Object.assign(new Error('x'), { name: 'MongoServerSelectionError' })
    const queues = new SessionQueues<string>(
      async (take) => {
        for (const queued of take()) queued.resolve()
      },
      () => 60_000,
      () => false,
    )
    const reading = queues.read('a', () => Promise.reject(reason))
    const writing = queues.write('a', 'first')
    await expect(reading).rejects.toBe(reason)
    await writing
  })
})
