/** Runs the store's operations: refuses them after `close`, words their errors, and answers their callers. */
import { tracingChannel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { describeCause, MongoDBStoreError, type MongoDBStoreErrorCode } from '../errors'
import { assertSid } from '../payload/sid'
import { CHANNELS, type StoreOperation, traced } from './tracing'

/** A Node-style callback. */
export type Callback<T = void> = (error: MongoDBStoreError | null, value?: T) => void

/**
 * The callback that a method takes. The form without parameters lets a subclass override the method with
 * any callback that this one can stand for, such as that of express-session's types.
 */
export type AnyCallback<T = void> = Callback<T> | (() => void) | undefined

/** The rest arguments of a method: no callback, `undefined`, or a function. */
export type OptionalCallback<T = void> = [callback?: Callback<T> | undefined]

type Operation = StoreOperation | 'sessions'

/** In place of a session id: the operation is on any number of sessions. */
export const MANY = Symbol('many')
type Subject = string | typeof MANY

/** The code of each operation's errors, and the beginning of their messages, as in connect-mongodb-session. */
const WORDING: Record<Operation, readonly [code: MongoDBStoreErrorCode, failed: string]> = {
  get: ['ERR_MONGODB_STORE_GET', 'Error finding'],
  set: ['ERR_MONGODB_STORE_SET', 'Error setting'],
  touch: ['ERR_MONGODB_STORE_TOUCH', 'Error touching'],
  destroy: ['ERR_MONGODB_STORE_DESTROY', 'Error destroying'],
  destroyMany: ['ERR_MONGODB_STORE_DESTROY_MANY', 'Error destroying sessions'],
  all: ['ERR_MONGODB_STORE_ALL', 'Error gathering sessions'],
  length: ['ERR_MONGODB_STORE_LENGTH', 'Error counting sessions'],
  clear: ['ERR_MONGODB_STORE_CLEAR', 'Error clearing all sessions'],
  recomputeFields: ['ERR_MONGODB_STORE_RECOMPUTE_FIELDS', 'Error recomputing fields'],
  sessions: ['ERR_MONGODB_STORE_SESSIONS', 'Error reading sessions'],
}

/** @internal */
export class Operations {
  readonly #store: EventEmitter
  readonly #collection: string
  #isClosed = false
  #underWay = 0
  #onIdle: (() => void) | undefined
  #hasWarned = false

  /** @param collection the collection's name */
  constructor(store: EventEmitter, collection: string) {
    this.#store = store
    this.#collection = collection
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Runs an operation on the session `sid`, or on `MANY`. Answers by the callback, or returns the promise if
   * there is none.
   * @param isEarly whether the callback is called as soon as `work` has begun
   */
  run<R>(
    operation: StoreOperation,
    sid: Subject,
    rest: OptionalCallback<R>,
    work: () => Promise<R>,
    isEarly = false,
  ): Promise<R> | undefined {
    const callback = typeof rest[0] === 'function' ? rest[0] : undefined
    const channel = (CHANNELS[operation] ??= tracingChannel(
      `express-mongoose-session:${operation}`,
    ))
    // `hasSubscribers` of the channel itself is missing before Node 20.13
    const { start, asyncEnd, error } = channel
    const isTraced = start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers
    const message = { operation, collection: this.#collection, sid }
    // The trace is told of the failure of a promise: a callback is called behind it
    const isBehind = isTraced && callback !== undefined && !isEarly
    const called = isBehind ? undefined : callback
    const working = isTraced
      ? traced(channel, message, () => this.#run(operation, sid, called, work, isEarly))
      : this.#run(operation, sid, called, work, isEarly)
    if (isTraced && this.#store.listenerCount('error') > 0) ignoreRejection(working)
    if (isBehind) return answer(working, rest)
    // express-session passes `undefined` if the app left out the callback, and drops the promise
    if (rest.length > 0 && (isTraced || !callback)) ignoreRejection(working)
    return callback ? undefined : working
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
      const error = this.#errorOf('sessions', MANY, this.#isClosed ? closedError() : cause)
      reportError(this.#store, error)
      throw error
    }
  }

  /** @returns the function that warns about a record that is left out, since it cannot be read */
  warnOfSkipped(operation: Operation): (sid: string, cause: unknown) => void {
    return (sid, cause) => {
      const { message, code } = this.#errorOf(operation, sid, cause, 'Left out of the sessions:')
      warn(this.#store, new MongoDBStoreError(code, message, cause))
    }
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

  // One promise for each operation: more take a measurable part of its time
  #run<R>(
    operation: StoreOperation,
    sid: Subject,
    callback: Callback<R> | undefined,
    work: () => Promise<R>,
    isEarly: boolean,
  ): Promise<R> {
    this.#underWay++
    let working: Promise<R>
    let isAnswered = false
    try {
      if (this.#isClosed) throw closedError()
      if (sid !== MANY) assertSid(sid)
      working = work()
      // Not through a promise: the response would wait for every other promise that is due
      if (isEarly && callback) {
        isAnswered = true
        process.nextTick(callback, null)
      }
    } catch (cause) {
      working = Promise.reject(cause)
    }
    const answered = working.then(
      (value) => {
        if (--this.#underWay === 0) this.#onIdle?.()
        if (callback && !isAnswered) process.nextTick(callback, null, value)
        return value
      },
      (cause: unknown) => {
        if (--this.#underWay === 0) this.#onIdle?.()
        const error = this.#errorOf(operation, sid, cause)
        const isHeard = reportError(this.#store, error)
        if (callback && !isAnswered) process.nextTick(callback, error)
        if (isAnswered && !isHeard) this.#warnOnce(error)
        // Nobody need take the promise of a failure that the listener is told
        if (isHeard || callback) ignoreRejection(answered)
        throw error
      },
    )
    return answered
  }

  /** A store error keeps its code; any other error gets the operation's. */
  #errorOf(
    operation: Operation,
    sid: Subject,
    cause: unknown,
    beginning = WORDING[operation][1],
  ): MongoDBStoreError {
    const isStoreError = cause instanceof MongoDBStoreError
    if (isStoreError && cause.code === 'ERR_MONGODB_STORE_SID') return cause
    const code = isStoreError ? cause.code : WORDING[operation][0]
    const subject = sid === MANY ? '' : ` ${printable(sid)}`
    return new MongoDBStoreError(code, `${beginning}${subject}: ${describeCause(cause)}`, cause)
  }

  /** For a failure that no caller is told, where the store has no listener of `error`. */
  #warnOnce({ message, code }: MongoDBStoreError): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const hint = "listen to the store's `error` event: further failures of touches are not shown"
    process.emitWarning(`${message} (${hint})`, { type: 'MongoDBStoreWarning', code })
  }
}

/**
 * Answers by the callback, or returns the promise if there is none. The callback runs in `nextTick`,
 * outside the promise chain: if it throws, that is an uncaught exception, and it is not called again.
 */
export function answer<R>(
  working: Promise<R>,
  [callback]: OptionalCallback<R>,
): Promise<R> | undefined {
  if (typeof callback !== 'function') return working
  working.then(
    (value) => process.nextTick(callback, null, value),
    (error) => process.nextTick(callback, error),
  )
  return undefined
}

/** For a promise whose failure is told elsewhere: keeps Node from reporting it as unhandled. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {})
}

/** @returns false if the store has no listener: then `emit('error')` would throw, and is not called */
export function reportError(store: EventEmitter, error: MongoDBStoreError): boolean {
  if (store.listenerCount('error') === 0) return false
  process.nextTick(() => store.listenerCount('error') > 0 && store.emit('error', error))
  return true
}

/** Emits a `warning`. Without a listener it becomes a warning of the process. */
export function warn(store: EventEmitter, warning: MongoDBStoreError): void {
  process.nextTick(() => {
    if (store.emit('warning', warning)) return
    process.emitWarning(warning.message, { type: 'MongoDBStoreWarning', code: warning.code })
  })
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
