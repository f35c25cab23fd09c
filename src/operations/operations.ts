/** The store's operations while they run: who is told of them, and what their failures are called. */
import type { EventEmitter } from 'node:events'
import { describeCause, MongoDBStoreError } from '../errors'
import { assertSid } from '../payload/sid'
import { observed } from './diagnostics'
import { OPERATIONS, type StoreOperation } from './operation-table'
import { reportError, reportWarning } from './reports'

type Operation = keyof typeof OPERATIONS

/** @internal */
export class Operations {
  readonly #store: EventEmitter
  /** The collection's name. */
  readonly #collection: string
  #hasEnded = false
  #underWay = 0
  #idle: (() => void) | undefined

  constructor(store: EventEmitter, collection: string) {
    this.#store = store
    this.#collection = collection
  }

  /** Whether none is begun any more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** About the session `sid`. */
  onOne<R>(operation: StoreOperation, sid: string, work: () => Promise<R>): Promise<R> {
    return this.#run(operation, sid, () => {
      assertSid(sid)
      return work()
    })
  }

  /** About any number of sessions. */
  onMany<R>(operation: StoreOperation, work: () => Promise<R>): Promise<R> {
    return this.#run(operation, undefined, work)
  }

  /** About any number, one after the other: it ends where the store is closed meanwhile. */
  async *loop<T>(found: () => AsyncIterable<T>): AsyncGenerator<T, void, void> {
    try {
      if (this.#hasEnded) throw closed()
      for await (const each of found()) {
        yield each
        if (this.#hasEnded) throw closed()
      }
    } catch (cause) {
      throw this.#failure('sessions', undefined, this.#hasEnded ? closed() : cause)
    }
  }

  /** Warns of a record that cannot be read, by its session id. */
  leaveOut(operation: 'all' | 'sessions'): (sid: string, cause: unknown) => void {
    const { leftOut } = OPERATIONS[operation]
    return (sid, cause) => reportWarning(this.#store, worded(operation, leftOut, sid, cause))
  }

  /** Begins none from now on. */
  end(): void {
    this.#hasEnded = true
  }

  /** Resolves when those that are under way have ended. */
  async whenIdle(): Promise<void> {
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  #run<R>(operation: StoreOperation, sid: string | undefined, work: () => Promise<R>): Promise<R> {
    return observed(operation, this.#collection, sid, async () => {
      if (this.#hasEnded) throw closed()
      this.#underWay++
      try {
        return await work()
      } catch (cause) {
        throw this.#failure(operation, sid, cause)
      } finally {
        this.#underWay--
        if (this.#underWay === 0) this.#idle?.()
      }
    })
  }

  #failure(operation: Operation, sid: string | undefined, cause: unknown): MongoDBStoreError {
    const error = worded(operation, OPERATIONS[operation].failed, sid, cause)
    reportError(this.#store, error)
    return error
  }
}

/** A fault of the caller's or of the data keeps its own code; any other gets the operation's. */
function worded(
  operation: Operation,
  beginning: string,
  sid: string | undefined,
  cause: unknown,
): MongoDBStoreError {
  const isOurs = cause instanceof MongoDBStoreError
  if (isOurs && cause.code === 'ERR_MONGODB_STORE_SID') return cause
  const code = isOurs ? cause.code : OPERATIONS[operation].code
  const subject = sid === undefined ? '' : ` ${shortened(sid)}`
  return new MongoDBStoreError(code, `${beginning}${subject}: ${describeCause(cause)}`, cause)
}

/** A log is no place for a megabyte, nor for what would begin another line of it. */
function shortened(sid: string): string {
  const text = sid.length > 128 ? `${sid.slice(0, 128)}…` : sid
  return text.replace(UNPRINTABLE, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Controls, separators of lines, what turns the direction of text, and half of a cut pair. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

export function closed(): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_CLOSED', 'the store is closed')
}
