/** Runs the store's operations: refuses them after `close`, wraps their errors, and answers their callers. */
import type { EventEmitter } from 'node:events'
import { describeCause, MongoDBStoreError, type MongoDBStoreErrorCode } from '../errors'
import { checkedSid } from '../payload/payload'
import { hashOf, type StoreOperation, traced, tracedChannel } from './tracing'

/** A Node-style callback. */
export type Callback<T = void> = (error: MongoDBStoreError | null, value?: T) => void

/**
 * The callback of a method. The form without parameters lets a subclass override the method with any
 * compatible callback type, such as express-session's.
 */
export type AnyCallback<T = void> = Callback<T> | (() => void) | undefined

/** The rest arguments of a method: no callback, `undefined`, or a function. */
export type OptionalCallback<T = void> = [callback?: Callback<T> | undefined]

type Operation = StoreOperation | 'sessions' | 'ended'

/** In place of a session id, for an operation on many sessions. */
export const MANY = Symbol('many')
type Subject = string | typeof MANY

/**
 * The code of each operation's errors, and how their messages begin, as in connect-mongodb-session. A hash of the
 * session id follows: the id itself would open the session, and does not belong in logs.
 */
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
  ended: ['ERR_MONGODB_STORE_ENDED', 'Error watching for sessions that end'],
}

/** @internal */
export class Operations {
  /** Whether to refuse every operation. */
  isClosed = false
  #underWay = 0
  #onIdle: (() => void) | undefined
  #hasWarned = false

  /** @param collection the collection's name */
  constructor(
    private readonly store: EventEmitter,
    private readonly collection: string,
    private readonly transformId?: (sid: string) => string,
  ) {}

  /**
   * Runs an operation on the session `sid`, or on `MANY`. Calls the callback, or returns a promise without one.
   * @param work gets the record's id; a write resolves to whether it created the record, and has no result
   * @param isEarly whether to call the callback as soon as `work` has begun
   */
  run<R>(
    operation: StoreOperation,
    sid: Subject,
    rest: OptionalCallback<R>,
    work: (id: string) => Promise<R | boolean | undefined>,
    isEarly = false,
  ): Promise<R> | undefined {
    const callback = typeof rest[0] === 'function' ? rest[0] : undefined
    const channel = tracedChannel(operation)
    if (!channel) {
      const working = this.#run(operation, sid, callback, work, isEarly)
      // express-session passes on `undefined` if the app left out the callback, and drops the promise
      if (rest.length > 0 && !callback) ignoreRejection(working)
      return callback ? undefined : working
    }
    // The trace follows a promise; a callback that is not early is called after it
    const early = isEarly ? callback : undefined
    const message = { operation, collection: this.collection, sidHash: hashOf(sid) }
    const working = traced(channel, message, () => {
      return this.#run(operation, sid, early, work, isEarly)
    })
    if (rest.length > 0 || this.store.listenerCount('error') > 0) ignoreRejection(working)
    return early ? undefined : answer(working, rest)
  }

  /** Yields what `source` yields. Once the store is closed, `sessions` throws and `ended` ends. */
  async *iterate<T>(
    operation: 'sessions' | 'ended',
    source: () => AsyncIterable<T>,
  ): AsyncGenerator<T, void, void> {
    const endsWithStore = operation === 'ended' && !this.isClosed
    try {
      if (this.isClosed) throw closedError()
      for await (const each of source()) {
        yield each
        if (this.isClosed) throw closedError()
      }
    } catch (cause) {
      if (this.isClosed && endsWithStore) return
      const error = this.#errorOf(operation, MANY, this.isClosed ? closedError() : cause)
      reportError(this.store, error)
      throw error
    }
  }

  /** @returns a function that warns about a record left out because it cannot be read */
  warnOfSkipped(operation: Operation): (sid: unknown, cause: unknown) => void {
    return (sid, cause) => {
      const { message, code } = this.#errorOf(operation, sid, cause, 'Left out of the sessions:')
      warn(this.store, new MongoDBStoreError(code, message, cause))
    }
  }

  /** The id of the session's record. @throws MongoDBStoreError `ERR_MONGODB_STORE_SID` */
  idOf(sid: string): string {
    const given = checkedSid(sid)
    return this.transformId ? this.transformId(given) : given
  }

  /** Resolves when no operation is under way. */
  async whenIdle(): Promise<void> {
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  // One promise per operation: more would take a measurable part of its time
  #run<R>(
    operation: StoreOperation,
    sid: Subject,
    callback: Callback<R> | undefined,
    work: (id: string) => Promise<R | boolean | undefined>,
    isEarly: boolean,
  ): Promise<R> {
    this.#underWay++
    let working: Promise<R | boolean | undefined>
    let isAnswered = false
    try {
      if (this.isClosed) throw closedError()
      working = work(sid === MANY ? '' : this.transformId ? this.idOf(sid) : checkedSid(sid))
      // Not through a promise: the response would wait for all pending ones
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
        const result = typeof value === 'boolean' ? this.#tell(operation, sid, value) : value
        if (callback && !isAnswered) process.nextTick(callback, null, result)
        return result as R
      },
      (cause: unknown) => {
        if (--this.#underWay === 0) this.#onIdle?.()
        const error = this.#errorOf(operation, sid, cause)
        const isHeard = reportError(this.store, error)
        if (callback && !isAnswered) process.nextTick(callback, error)
        if (isAnswered && !isHeard) this.#warnOnce(error)
        // The listener has it: no need to handle the promise, too
        if (isHeard || callback) ignoreRejection(answered)
        throw error
      },
    )
    return answered
  }

  #tell(operation: StoreOperation, sid: Subject, isInserted: boolean): void {
    const event = operation !== 'set' ? operation : isInserted ? 'create' : 'update'
    if (this.store.listenerCount(event) === 0) return
    queueMicrotask(() => this.store.emit(event, sid))
  }

  /** A store error keeps its code; any other gets the operation's. */
  #errorOf(
    operation: Operation,
    sid: unknown,
    cause: unknown,
    beginning = WORDING[operation][1],
  ): MongoDBStoreError {
    const isStoreError = cause instanceof MongoDBStoreError
    if (isStoreError && cause.code === 'ERR_MONGODB_STORE_SID') return cause
    const code = isStoreError ? cause.code : WORDING[operation][0]
    const hash = hashOf(sid)
    const what = hash === undefined ? beginning : `${beginning} ${hash}`
    return new MongoDBStoreError(code, `${what}: ${describeCause(cause)}`, cause)
  }

  /** For a failure that reaches no caller and no `error` listener. */
  #warnOnce({ message, code }: MongoDBStoreError): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const hint = "listen to the store's `error` event: this is shown only once"
    process.emitWarning(`${message} (${hint})`, { type: 'MongoDBStoreWarning', code })
  }
}

/**
 * Calls the callback, or returns the promise if there is none. The callback runs in `nextTick`, outside the
 * promise chain: if it throws, that is an uncaught exception, and it is not called again.
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

/** For a promise whose failure is reported elsewhere: keeps Node from reporting it as unhandled. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {})
}

/** @returns false without a listener: `emit('error')` would throw then, and is not called */
export function reportError(store: EventEmitter, error: MongoDBStoreError): boolean {
  if (store.listenerCount('error') === 0) return false
  process.nextTick(() => store.listenerCount('error') > 0 && store.emit('error', error))
  return true
}

/** Emits a `warning`, or a process warning if nobody listens. */
export function warn(store: EventEmitter, warning: MongoDBStoreError): void {
  process.nextTick(() => {
    if (store.emit('warning', warning)) return
    process.emitWarning(warning.message, { type: 'MongoDBStoreWarning', code: warning.code })
  })
}

export function closedError(): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_CLOSED', 'the store is closed')
}
