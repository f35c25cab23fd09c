/** The store's operations while they run: who is told of them, and what their failures are called. */
import type { EventEmitter } from 'node:events'
import { describeCause, MongoDBStoreError, type MongoDBStoreErrorCode } from '../errors'
import { assertSid } from '../payload/sid'
import { observed, type StoreOperation } from './diagnostics'
import { reportError } from './reports'

const NAMES = {
  GET: 'get',
  SET: 'set',
  TOUCH: 'touch',
  DESTROY: 'destroy',
  DESTROY_MANY: 'destroyMany',
  ALL: 'all',
  LENGTH: 'length',
  CLEAR: 'clear',
} as const satisfies Record<string, StoreOperation>

type Operation = keyof typeof NAMES

/** In place of a sid, where an operation is about every session. */
export const ALL_SESSIONS = Symbol('all sessions')

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

  /** @param beginning of what is said of a failure */
  run<R>(
    operation: Operation,
    beginning: string,
    sid: string | typeof ALL_SESSIONS,
    work: () => Promise<R>,
  ): Promise<R> {
    return observed(NAMES[operation], this.#collection, sid, () =>
      this.#perform(operation, beginning, sid, work),
    )
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

  /** A fault of the caller's or of the data keeps its own code; any other gets the operation's. */
  wrapped(
    operation: Operation | 'SESSIONS',
    beginning: string,
    sid: string | typeof ALL_SESSIONS,
    cause: unknown,
  ): MongoDBStoreError {
    const isOurs = cause instanceof MongoDBStoreError
    if (isOurs && cause.code === 'ERR_MONGODB_STORE_SID') return cause
    const code = isOurs ? cause.code : (`ERR_MONGODB_STORE_${operation}` as const)
    const subject = sid === ALL_SESSIONS ? '' : ` ${shortened(sid)}`
    return new MongoDBStoreError(code, `${beginning}${subject}: ${describeCause(cause)}`, cause)
  }

  async #perform<R>(
    operation: Operation,
    beginning: string,
    sid: string | typeof ALL_SESSIONS,
    work: () => Promise<R>,
  ): Promise<R> {
    if (this.#hasEnded) throw closed()
    this.#underWay++
    try {
      if (sid !== ALL_SESSIONS) assertSid(sid)
      return await work()
    } catch (cause) {
      const error = this.wrapped(operation, beginning, sid, cause)
      reportError(this.#store, error)
      throw error
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#idle?.()
    }
  }
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
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CLOSED' satisfies MongoDBStoreErrorCode,
    'the store is closed',
  )
}
