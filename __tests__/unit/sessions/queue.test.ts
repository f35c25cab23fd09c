/** The order of the operations on one session. */
import { MongoDBStoreError } from '../../../src/errors'
import type { Departure, PendingWrite } from '../../../src/records/writes'
import { SessionQueue } from '../../../src/sessions/queue'
import type { SessionTouch } from '../../../src/sessions/session-touch'
import {
  type SessionParts,
  SessionRemoval,
  SessionWrite,
} from '../../../src/sessions/session-writes'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const parts = {
  records: { hasMiddleware: false, statements: { remove: () => ({ remove: {} }) } },
} as unknown as SessionParts

class NamedWrite extends SessionWrite {
  readonly name: string
  constructor(name: string) {
    super(parts, 'a', {})
    this.name = name
  }
  statement() {
    return { remove: {} }
  }
}

/** A touch of which it is told whether it is worth a write. */
class NamedTouch extends NamedWrite {
  readonly isNeeded: () => boolean
  constructor(name: string, isNeeded = true) {
    super(name)
    this.isNeeded = () => isNeeded
  }
}

function start({ canJoin = true } = {}) {
  const queues = new Map<string, SessionQueue>()
  /** What is under way, by name, in the order in which it began; what left together is joined by `+`. */
  const began: string[] = []
  const ends = new Map<string, (error?: unknown) => void>()
  const answers: string[] = []
  let departures: Departure[] = []
  const context = {
    writes: { send: (it: Departure) => void departures.push(it), canJoin },
    hasMiddleware: false,
    queues,
  }
  const queue = new SessionQueue('a', context)
  queues.set('a', queue)

  const noted = (name: string, answer: Promise<unknown>) =>
    answer.then(
      () => answers.push(name),
      () => answers.push(`${name} failed`),
    )
  /** The end of the turn: what is due leaves. */
  const leave = () => {
    const due = departures
    departures = []
    for (const departure of due) {
      const taken = departure.take() as readonly (PendingWrite & { name?: string })[]
      if (taken.length > 0) began.push(taken.map(({ name }) => name ?? 'removal').join('+'))
      for (const each of taken) {
        ends.set(each.name ?? 'removal', (error) => (error ? each.fail(error) : each.done(false)))
      }
    }
  }
  const read = (name: string) =>
    void noted(
      name,
      queue.read(() => {
        began.push(name)
        return new Promise<void>((resolve, reject) => {
          ends.set(name, (error) => (error ? reject(error) : resolve()))
        })
      }),
    )
  const write = (name: string) => void noted(name, queue.write(new NamedWrite(name)))
  const remove = () => void noted('removal', queue.write(new SessionRemoval(parts, 'a')))
  const touch = (name: string, isNeeded?: boolean) =>
    void noted(name, queue.touch(new NamedTouch(name, isNeeded) as unknown as SessionTouch))
  const end = async (name: string, error?: unknown) => {
    ends.get(name)!(error)
    await turn()
    leave()
  }
  return { queue, queues, began, answers, read, write, remove, touch, leave, end }
}

it('of a write after a read, and a read after a write, is kept', async () => {
  const { began, read, write, leave, end } = start()
  read('read')
  write('write')
  read('late read')
  leave()
  expect(began).toEqual(['read'])
  await end('read')
  expect(began).toEqual(['read', 'write'])
  await end('write')
  expect(began).toEqual(['read', 'write', 'late read'])
})

it('reads run side by side, and so does a touch', () => {
  const { began, read, touch, leave } = start()
  read('one')
  touch('touch')
  read('two')
  leave()
  expect(began).toEqual(['one', 'two', 'touch'])
})

it('writes of one turn leave together, and those that queue up behind them', async () => {
  const { began, answers, write, leave, end } = start()
  for (const name of ['1', '2']) write(name)
  leave()
  for (const name of ['3', '4', '5']) write(name)
  leave()
  expect(began).toEqual(['1+2'])
  await end('1')
  expect(began).toEqual(['1+2'])
  await end('2')
  expect(began).toEqual(['1+2', '3+4+5'])
  expect(answers).toEqual(['1', '2'])
})

it('writes that cannot join leave one after the other', async () => {
  const { began, write, leave, end } = start({ canJoin: false })
  for (const name of ['1', '2']) write(name)
  leave()
  await end('1')
  expect(began).toEqual(['1', '2'])
})

it('a removal takes the writes before it along', async () => {
  const { began, answers, write, remove, leave, end } = start()
  for (const name of ['1', '2']) write(name)
  remove()
  write('3')
  leave()
  expect(began).toEqual(['removal+3'])
  await end('removal')
  expect(answers.sort()).toEqual(['1', '2', 'removal'])
})

it('of touches, one is under way and one to come: a newer one answers for it', async () => {
  const { began, answers, touch, write, leave, end } = start()
  touch('1')
  leave()
  for (const name of ['2', '3', '4']) touch(name)
  write('write')
  leave()
  expect(began).toEqual(['1'])
  await end('1')
  expect(began).toEqual(['1', '4'])
  await end('4')
  expect(answers.sort()).toEqual(['1', '2', '3', '4'])
  expect(began).toEqual(['1', '4', 'write'])
})

it('touches of one turn leave as the last', () => {
  const { began, touch, leave } = start()
  for (const name of ['1', '2', '3']) touch(name)
  leave()
  expect(began).toEqual(['3'])
})

it('ten thousand touches that wait for one are answered with it', async () => {
  const { answers, touch, leave, end } = start()
  for (let i = 0; i < 10_000; i++) touch(String(i))
  leave()
  await end('9999')
  expect(answers).toHaveLength(10_000)
})

it('a touch that is not worth a write is answered at once', async () => {
  const { began, answers, touch, leave } = start()
  touch('touch', false)
  leave()
  await turn()
  expect(began).toEqual([])
  expect(answers).toEqual(['touch'])
})

it('what waits is rejected where no server was found, and goes on after any other failure', async () => {
  const away = new MongoDBStoreError('ERR_MONGODB_STORE_CONNECT', 'away')
  const { began, answers, read, write, touch, leave, end } = start()
  write('1')
  leave()
  for (const name of ['2', '3']) write(name)
  read('read')
  touch('touch')
  await end('1', new Error('refused'))
  expect(began).toEqual(['1', '2+3'])
  await end('2', away)
  expect(answers.sort()).toEqual(['1 failed', '2 failed', 'read failed', 'touch failed'])
  await end('3')
  write('4')
  leave()
  expect(began).toEqual(['1', '2+3', '4'])
})

it('a touch to come is rejected with one that found no server', async () => {
  const away = new MongoDBStoreError('ERR_MONGODB_STORE_CONNECT', 'away')
  const { queues, answers, touch, leave, end } = start()
  touch('1')
  leave()
  touch('2')
  await end('1', away)
  expect(answers.sort()).toEqual(['1 failed', '2 failed'])
  expect(queues.size).toBe(0)
})

it('what is written tells when the writes until now have ended, and waits for no read or touch', async () => {
  const { queue, read, touch, write, leave, end } = start()
  read('read')
  touch('touch')
  expect(queue.written).toBeUndefined()
  write('write')
  const { written } = queue
  leave()
  await end('read')
  await end('touch')
  await end('write')
  await written
})

it('nothing is kept of a session on which nothing is under way', async () => {
  const { queues, read, touch, write, leave, end } = start()
  read('read')
  touch('touch')
  write('write')
  leave()
  for (const name of ['read', 'touch', 'write']) await end(name)
  expect(queues.size).toBe(0)
})
