/** Runs the store's operations: refuses them after `close`, reports them, and words their errors. */
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
  #isClosed = false
  #underWay = 0
  #onIdle: (() => void) | undefined

  constructor(store: EventEmitter, collection: string) {
    this.#store = store
    this.#collection = collection
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Runs an operation on the session `sid`. */
  onOne<R>(operation: StoreOperation, sid: string, work: () => Promise<R>): Promise<R> {
    return this.#run(operation, sid, () => {
      assertSid(sid)
      return work()
    })
  }

  /** Runs an operation on any number of sessions. */
  onMany<R>(operation: StoreOperation, work: () => Promise<R>): Promise<R> {
    return this.#run(operation, undefined, work)
  }

  /** Gives what `source` gives, one after the other; throws as soon as the store is closed. */
  async *iterate<T>(source: () => AsyncIterable<T>): AsyncGenerator<T, void, void> {
    try {
      if (this.#isClosed) throw closedError()
      for await (const each of source()) {
        yield each
        if (this.#isClosed) throw closedError()
      }
    } catch (cause) {
      throw this.#failure('sessions', undefined, this.#isClosed ? closedError() : cause)
    }
  }

  /** @returns the function that warns about a record that is skipped, since it cannot be read */
  warnOfSkipped(operation: 'all' | 'sessions'): (sid: string, cause: unknown) => void {
    const { leftOut } = OPERATIONS[operation]
    return (sid, cause) =>
      reportWarning(this.#store, operationError(operation, leftOut, sid, cause))
  }

  /** Refuses every operation from now on. */
  close(): void {
    this.#isClosed = true
  }

  /** Resolves when no operation is under way. */
  async whenIdle(): Promise<void> {
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  #run<R>(operation: StoreOperation, sid: string | undefined, work: () => Promise<R>): Promise<R> {
    return observed(operation, this.#collection, sid, async () => {
      if (this.#isClosed) throw closedError()
      this.#underWay++
      try {
        return await work()
      } catch (cause) {
        throw this.#failure(operation, sid, cause)
      } finally {
        this.#underWay--
        if (this.#underWay === 0) this.#onIdle?.()
      }
    })
  }

  #failure(operation: Operation, sid: string | undefined, cause: unknown): MongoDBStoreError {
    const error = operationError(operation, OPERATIONS[operation].failed, sid, cause)
    reportError(this.#store, error)
    return error
  }
}

/** A store error keeps its code; any other error gets the operation's. */
function operationError(
  operation: Operation,
  beginning: string,
  sid: string | undefined,
  cause: unknown,
): MongoDBStoreError {
  const isStoreError = cause instanceof MongoDBStoreError
  if (isStoreError && cause.code === 'ERR_MONGODB_STORE_SID') return cause
  const code = isStoreError ? cause.code : OPERATIONS[operation].code
  const subject = sid === undefined ? '' : ` ${printable(sid)}`
  return new MongoDBStoreError(code, `${beginning}${subject}: ${describeCause(cause)}`, cause)
}

/** For a log: not too long, and without characters that would begin a new line or change the text. */
function printable(sid: string): string {
  const text = sid.length > 128 ? `${sid.slice(0, 128)}…` : sid
  return text.replace(UNPRINTABLE, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Control and format characters, line separators, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

export function closedError(): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_CLOSED', 'the store is closed')
}
