/** The checks of the soak and of the test of a dying server: they find each fault of a store. */

import { callStore } from '../../soak/call-store'
import { Caller } from '../../soak/caller'
import { Checker } from '../../soak/checker'
import { CollectionOwner } from '../../soak/collection-owner'
import { checkAllSessions } from '../../soak/final-check'
import { Random } from '../../soak/random'
import { findLeaks } from '../../soak/resources'

type Session = { value: number; group?: number }
type Callback = (error: Error | null, answer?: unknown) => void

/** A store in memory that keeps its promises. */
class SoundStore {
  readonly options = { collection: 'sessions' }
  readonly stored = new Map<string, Session>()
  readonly collection = { countDocuments: async () => this.stored.size }
  readonly #loaded = new WeakSet<object>()

  get(sid: string, done?: Callback) {
    const found = this.stored.get(sid)
    const session = found ? { cookie: {}, ...found } : null
    if (session) this.#loaded.add(session)
    return answered(session, done)
  }

  set(sid: string, session: Session, done?: Callback) {
    if (!this.#loaded.has(session) || this.stored.has(sid)) this.stored.set(sid, { ...session })
    return answered(undefined, done)
  }

  touch(_sid: string, _session: Session, done?: Callback) {
    return answered(undefined, done)
  }

  destroy(sid: string, done?: Callback) {
    this.stored.delete(sid)
    return answered(undefined, done)
  }

  destroyMany({ group }: { group: number }, done?: Callback) {
    const ended = [...this.stored].filter(([, session]) => session.group === group)
    for (const [sid] of ended) this.stored.delete(sid)
    return answered(ended.length, done)
  }

  all(done?: Callback) {
    return answered(this.listed(), done)
  }

  async *sessions() {
    yield* this.listed()
  }

  length(done?: Callback) {
    return answered(this.stored.size, done)
  }

  clear(done?: Callback) {
    this.stored.clear()
    return answered(undefined, done)
  }

  listed() {
    return [...this.stored].map(([id, session]) => ({ ...session, id }))
  }
}

function answered(answer: unknown, done?: Callback): Promise<unknown> | undefined {
  if (!done) return Promise.resolve(answer)
  process.nextTick(done, null, answer)
  return undefined
}

/** The load asks `aborted` once a turn. */
function signalAfter(turns: number) {
  let turn = 0
  return {
    get aborted() {
      return ++turn > turns
    },
  }
}

/** Some sessions arrive late: the network fails, and their `set` is answered with an error before. */
class LateStore extends SoundStore {
  readonly #delayed = new Map<string, Session>()

  override get(sid: string, done?: Callback) {
    const found = super.get(sid, done)
    this.#arrive(sid)
    return found
  }

  override set(sid: string, session: Session, done?: Callback) {
    const isNew = !this.stored.has(sid) && !this.#delayed.has(sid) && session.group !== undefined
    if (!isNew || !sid.endsWith('7')) return super.set(sid, session, done)
    this.#delayed.set(sid, { ...session })
    return failed('SET', done)
  }

  override destroy(sid: string, done?: Callback) {
    const destroying = super.destroy(sid, done)
    this.#arrive(sid)
    return destroying
  }

  #arrive(sid: string) {
    const session = this.#delayed.get(sid)
    if (session) this.stored.set(sid, session)
    this.#delayed.delete(sid)
  }
}

/** An update writes back the whole record that it has read, even a late one. */
class RewritingStore extends SoundStore {
  readonly #read = new Map<string, Session>()

  override touch(sid: string, session: Session, done?: Callback) {
    if (!sid.endsWith('7')) return super.touch(sid, session, done)
    this.#read.set(sid, this.stored.get(sid)!)
    return failed('TOUCH', done)
  }

  override set(sid: string, session: Session, done?: Callback) {
    const setting = super.set(sid, session, done)
    const read = this.#read.get(sid)
    if (read && this.stored.has(sid)) this.stored.set(sid, read)
    this.#read.delete(sid)
    return setting
  }
}

function failed(operation: string, done?: Callback): Promise<unknown> | undefined {
  const code = `ERR_MONGODB_STORE_${operation}`
  const error = Object.assign(new Error('away'), { name: 'MongoDBStoreError', code })
  if (!done) return Promise.reject(error)
  process.nextTick(done, error)
  return undefined
}

/** The violations that are found when a caller has used the store. */
async function violationsOf(
  store: SoundStore,
  change?: (store: SoundStore) => void,
  checker = new Checker(),
) {
  await new Caller(checker, store, new Random(1)).run(signalAfter(200))
  change?.(store)
  await checkAllSessions(checker, [store])
  return checker.violations
}

/** The same of a collection's owner. */
async function ownerViolationsOf(store: SoundStore) {
  const checker = new Checker()
  await new CollectionOwner(checker, () => store, new Random(1)).run(signalAfter(50))
  await checkAllSessions(checker, [store])
  return checker.violations
}

const including = (text: string) => expect.arrayContaining([expect.stringContaining(text)])

it('finds nothing in a store that keeps its promises', async () => {
  expect(await violationsOf(new SoundStore())).toEqual([])
  expect(await ownerViolationsOf(new SoundStore())).toEqual([])
})

it('accepts a session that arrives late, after it was read or destroyed', async () => {
  expect(await violationsOf(new LateStore(), undefined, new Checker({ lateWrites: true }))).toEqual(
    [],
  )
})

it('accepts an older value after a late touch only if updates write back the whole record', async () => {
  const violationsOn = (atomicUpdates: boolean) => {
    const checker = new Checker({ lateWrites: true, atomicUpdates })
    return violationsOf(new RewritingStore(), undefined, checker)
  }
  expect(await violationsOn(false)).toEqual([])
  expect(await violationsOn(true)).toEqual(including('in place of'))
})

describe('finds that a store', () => {
  const sound = SoundStore.prototype

  it.each<[string, string, ThisType<SoundStore> & Record<string, unknown>]>([
    [
      'loses a session now and then',
      'an acknowledged session is lost',
      {
        set(sid: string, session: Session, done?: Callback) {
          return sid.endsWith('7')
            ? answered(undefined, done)
            : sound.set.call(this, sid, session, done)
        },
      },
    ],
    [
      'lets a slow request bring a session back',
      'a session has come back',
      {
        set(sid: string, session: Session, done?: Callback) {
          this.stored.set(sid, { ...session })
          return answered(undefined, done)
        },
      },
    ],
    [
      'forgets a change',
      'in place of',
      {
        set(sid: string, session: Session, done?: Callback) {
          return this.stored.has(sid)
            ? answered(undefined, done)
            : sound.set.call(this, sid, session, done)
        },
      },
    ],
    [
      'answers twice',
      'get was answered 2 times',
      {
        get(sid: string, done?: Callback) {
          const answering = sound.get.call(this, sid, done)
          if (done) process.nextTick(done, null, null)
          return answering
        },
      },
    ],
    [
      'fails with an error that is not its own',
      'touch failed with TypeError undefined: a',
      {
        touch(_sid: string, _session: Session, done?: Callback) {
          if (!done) return Promise.reject(new TypeError('a'))
          process.nextTick(done, new TypeError('a'))
          return undefined
        },
      },
    ],
    [
      'ends one too few of many',
      'a session has come back',
      {
        destroyMany({ group }: { group: number }, done?: Callback) {
          const ended = [...this.stored].filter(([, session]) => session.group === group)
          for (const [sid] of ended.slice(1)) this.stored.delete(sid)
          return answered(ended.length, done)
        },
      },
    ],
    [
      'counts wrongly what it has ended',
      'destroyMany ended 0 of',
      {
        destroyMany(filter: { group: number }, done?: Callback) {
          sound.destroyMany.call(this, filter)
          return answered(0, done)
        },
      },
    ],
    [
      'counts too few',
      'length is 0 in place of',
      { length: (done?: Callback) => answered(0, done) },
    ],
    [
      'leaves one out of all',
      'an acknowledged session is lost',
      {
        all: sound.all,
        listed: function (this: SoundStore) {
          return sound.listed.call(this).slice(1)
        },
      },
    ],
  ])('%s', async (_fault, violation, fault) => {
    expect(await violationsOf(Object.assign(new SoundStore(), fault))).toEqual(including(violation))
  })

  it('does not clear', async () => {
    const fault = { clear: (done?: Callback) => answered(undefined, done) }
    const violations = await ownerViolationsOf(Object.assign(new SoundStore(), fault))
    expect(violations).toEqual(including('a session has come back'))
  })
})

describe('finds at the end', () => {
  it.each<[string, string, (store: SoundStore) => void]>([
    [
      'that an unused session is gone',
      'an acknowledged session is lost',
      ({ stored }) => stored.delete([...stored.keys()][0]!),
    ],
    [
      'that a session is stored that ended long ago',
      'a session has come back',
      ({ stored }) => stored.set('s1', { value: 1 }),
    ],
    [
      'that a session is stored that nobody created',
      'a session has come back, or nobody has made it: other, 1',
      ({ stored }) => stored.set('other', { value: 1 }),
    ],
    [
      'that the collection holds a record that no method shows',
      'all, sessions, length and the collection differ',
      ({ collection, stored }) => {
        collection.countDocuments = async () => stored.size + 1
      },
    ],
  ])('%s', async (_fault, violation, change) => {
    expect(await violationsOf(new SoundStore(), change)).toEqual(including(violation))
  })

  it('that a call was not answered', async () => {
    const checker = new Checker()
    let answer: Callback | undefined
    const slow = {
      get(_sid: string, done: Callback) {
        answer = done
      },
    }
    const calling = callStore(checker, slow, 'get', ['a'], true)
    await checkAllSessions(checker, [new SoundStore()])
    expect(checker.violations).toEqual(['1 calls were not answered'])
    answer!(null, null)
    await calling
  })
})

describe('reports growth of', () => {
  const quiet = { heapMB: 20, listeners: 30, connections: 10, sockets: 42, clients: 4, timers: 8 }

  it.each([
    ['nothing, if nothing has grown', {}, []],
    ['nothing, if the pools have more connections', { connections: 20, sockets: 72 }, []],
    ['the heap', { heapMB: 40 }, ['heapMB: 20, then 40, of at most 31']],
    ['a listener', { listeners: 31 }, ['listeners: 30, then 31, of at most 30']],
    ['sockets beyond those of the pools', { sockets: 60 }, ['sockets: 42, then 60, of at most 54']],
    ['timers', { timers: 13 }, ['timers: 8, then 13, of at most 12']],
  ])('%s', (_what, more, grown) => {
    expect(findLeaks(quiet, { ...quiet, ...more })).toEqual(grown)
  })
})
