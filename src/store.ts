/** `MongoDBStore`: express-session's store over the model of a session. */
import { inspect } from 'node:util'
import type { Cookie, Session, SessionData, Store } from 'express-session'
import type { Connection, mongo } from 'mongoose'
import { connectionFor, type StoreConnection } from './connection/connection'
import type { MongoDBStoreError } from './errors'
import { Lifecycle, type StartCallback } from './lifecycle/lifecycle'
import { Maintenance } from './lifecycle/maintenance'
import {
  type AnyCallback,
  answer,
  MANY,
  Operations,
  type OptionalCallback,
  warn,
} from './operations/operations'
import { StoreWithEvents } from './store-events'
import type { MongoDBStoreOptions } from './options/options'
import { calledWithSession, isExpressSession } from './options/other-stores'
import { type ResolvedOptions, resolveOptions } from './options/resolved-options'
import { isUsableCookie } from './payload/cookie'
import { type SessionModel, sessionModel } from './records/model'
import { Records } from './records/records'
import type { SessionFilter } from './session-filter'
import { ComputedFields } from './sessions/computed-fields'
import { loadedDataOf, withLoadContext } from './sessions/load-context'
import { Sessions } from './sessions/sessions'

type Request = Parameters<Store['createSession']>[0]

/**
 * The implementation behind `MongoDBStore` of typed-store.ts, which documents it.
 * @internal
 */
export class MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreWithEvents {
  /** The options, complete. Those that could hold credentials are not enumerable. */
  readonly options: ResolvedOptions
  readonly #storeConnection: StoreConnection
  readonly #model: SessionModel
  readonly #sessions: Sessions
  readonly #operations: Operations
  readonly #lifecycle: Lifecycle

  constructor(options?: MongoDBStoreOptions<T, F> | StartCallback, callback?: StartCallback) {
    super()
    const onStart = (typeof options === 'function' ? options : callback) ?? undefined
    if (onStart !== undefined && typeof onStart !== 'function') {
      throw new TypeError('the second argument of MongoDBStore must be a function')
    }
    if (isExpressSession(onStart)) throw calledWithSession()
    this.options = resolveOptions(typeof options === 'function' ? {} : (options ?? {}))
    const warnOf = (warning: MongoDBStoreError) => warn(this, warning)
    this.#storeConnection = connectionFor(this.options, warnOf)
    this.#model = sessionModel(this.#storeConnection.connection, this.options)
    const records = new Records(this.#model, this.options, this.#storeConnection)
    const computed = this.options.fields && new ComputedFields(this.#model, this.options)
    this.#sessions = new Sessions(records, this.options, computed)
    this.#operations = new Operations(this, this.#model.collection.collectionName)
    const maintenance = new Maintenance(
      this.#model,
      records,
      this.options,
      this.#storeConnection,
      warnOf,
    )
    this.#lifecycle = new Lifecycle(
      this,
      this.#storeConnection,
      maintenance,
      this.#operations,
      onStart,
    )
  }

  // Each method of express-session's `Store` has two overloads. A subclass may override the method with
  // a callback and no result, as express-session's types have it: TypeScript compares generic overloads
  // with `any` in place of `N`, while a caller can give no `N` at all. The promise comes last, since
  // `ReturnType` and mocks look at the last overload. One signature with a conditional result would
  // give none of this.

  /**
   * The session, or null if there is none or it has expired.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD` or `…_ENCRYPTION_…` if the record cannot be
   * read, `…_SID` for an invalid session id, `…_CLOSED`, and `…_GET` if the server fails
   * @example
   * ```js
   * const session = await store.get(sid)
   * ```
   */
  override get(sid: string, callback: AnyCallback<T | null>): void
  override get<N extends never>(sid: string, callback?: N): Promise<T | null> | N
  override get(sid: string, ...rest: OptionalCallback<object | null>): unknown {
    const callback = this.#withLoadContext(rest)
    return this.#operations.run('get', sid, callback, () => this.#sessions.get(sid))
  }

  /**
   * Stores the session. If the session came from this store, only its changes are written, and nothing
   * is written if it was destroyed or has expired meanwhile. Any other session is inserted. The session
   * expires with its cookie, else after `options.expires`. It is copied before `set` returns: later
   * changes are not written.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` or `…_SESSION_SIZE` if the session cannot be
   * stored, before anything is sent; `…_SID`, `…_CLOSED`, and `…_SET` if the server fails
   */
  override set(sid: string, session: T, callback: AnyCallback): void
  override set<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override set(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    return this.#operations.run('set', sid, rest, () =>
      this.#sessions.set(sid, session, loadedDataOf(session)),
    )
  }

  /**
   * Removes the session. A session that does not exist is no error. No request that is still running
   * brings the session back.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`, `…_CLOSED`, and `…_DESTROY` if the server fails
   */
  override destroy(sid: string, callback: AnyCallback): void
  override destroy<N extends never>(sid: string, callback?: N): Promise<void> | N
  override destroy(sid: string, ...rest: OptionalCallback): Promise<void> | undefined {
    return this.#operations.run('destroy', sid, rest, () => this.#sessions.destroy(sid))
  }

  /**
   * Moves the expiry of a session that still exists, and stores its cookie. The data stay as they are.
   * Nothing is written if the expiry moves by less than `options.touchAfter`. The callback is called as
   * soon as the touch is on its way, and a later failure is an `error` event; with `options.awaitTouch`
   * the callback waits for the write. The promise resolves when the touch is written.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`, `…_CLOSED`, and `…_TOUCH` if the server fails
   */
  override touch(sid: string, session: T, callback: AnyCallback): void
  override touch<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override touch(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    const isAnsweredEarly = !this.options.awaitTouch
    const touch = () => this.#sessions.touch(sid, session)
    return this.#operations.run('touch', sid, rest, touch, isAnsweredEarly)
  }

  /**
   * Every live session, each with its session id as `id`. All of them are in memory at once; `sessions`
   * gives one after the other. A session that cannot be read is left out with a `warning`.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_ALL` if the server fails
   */
  override all(callback: AnyCallback<(T & { id: string })[]>): void
  override all<N extends never>(
    callback?: N,
  ):
    | Promise<
        (T & {
          /** The session id. */
          id: string
        })[]
      >
    | N
  override all(...rest: OptionalCallback<object[]>): unknown {
    return this.#operations.run('all', MANY, rest, () =>
      this.#sessions.all(this.#operations.warnOfSkipped('all')),
    )
  }

  /**
   * The live sessions that match, each with its session id as `id` and its end as `expires`. They come
   * one after the other from a cursor: any number of them in constant memory. `id` and `expires` are the
   * record's, even if the session has data under these names; `get` gives the session's own. A loop that
   * ends early closes the cursor. A session that cannot be read is left out with a `warning`.
   *
   * @param filter every session if it is left out. Mongoose casts it, and runs the model's middleware
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says;
   * `…_CLOSED`, and `…_SESSIONS` if the server fails
   * @example
   * ```js
   * for await (const { id, expires } of store.sessions({ userId })) console.log(id, expires)
   * ```
   */
  sessions(filter: SessionFilter<F> = {} as SessionFilter<F>): AsyncGenerator<
    T & {
      /** The session id. */
      id: string
      /** When the session ends, whatever its cookie says; null for a session that never ends. */
      expires: Date | null
    },
    void,
    void
  > {
    return this.#operations.iterate(() =>
      this.#sessions.matching(filter, this.#operations.warnOfSkipped('sessions')),
    ) as AsyncGenerator<unknown> as AsyncGenerator<T & { id: string; expires: Date | null }>
  }

  /**
   * Ends every session that matches: all sessions of one user, for instance. Resolves to how many
   * records were removed. No request that is still running brings one of them back.
   *
   * @param filter Mongoose casts it; an empty filter is refused
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says;
   * `…_CLOSED`, and `…_DESTROY_MANY` if the server fails
   * @example
   * ```js
   * await store.destroyMany({ userId, _id: { $ne: req.sessionID } }) // all but the current one
   * ```
   */
  destroyMany(filter: SessionFilter<F>, callback: OptionalCallback<number>[0]): void
  destroyMany(filter: SessionFilter<F>): Promise<number>
  destroyMany(
    filter: SessionFilter<F>,
    ...rest: OptionalCallback<number>
  ): Promise<number> | undefined {
    return this.#operations.run('destroyMany', MANY, rest, () => this.#sessions.destroyMany(filter))
  }

  /**
   * How many sessions are live. The server counts them: the more there are, the longer it takes.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_LENGTH` if the server fails
   */
  override length(callback: AnyCallback<number>): void
  override length<N extends never>(callback?: N): Promise<number> | N
  override length(...rest: OptionalCallback<number>): Promise<number> | undefined {
    return this.#operations.run('length', MANY, rest, () => this.#sessions.length())
  }

  /**
   * Removes every session, of this app and of every other app that shares the collection.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_CLEAR` if the server fails
   */
  override clear(callback: AnyCallback): void
  override clear<N extends never>(callback?: N): Promise<void> | N
  override clear(...rest: OptionalCallback): Promise<void> | undefined {
    return this.#operations.run('clear', MANY, rest, () => this.#sessions.clear())
  }

  /**
   * Computes the option `fields` for every live session, and writes the fields that differ from the stored
   * ones: for sessions that were stored before the option was set, or was changed. Resolves to how many
   * sessions it has written. A session that cannot be read is left out with a `warning`.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_RECOMPUTE_FIELDS` if the server fails
   * @example
   * ```js
   * console.log(`${await store.recomputeFields()} sessions have their fields now`)
   * ```
   */
  recomputeFields(callback: OptionalCallback<number>[0]): void
  recomputeFields(): Promise<number>
  recomputeFields(...rest: OptionalCallback<number>): Promise<number> | undefined {
    return this.#operations.run('recomputeFields', MANY, rest, () =>
      this.#sessions.recomputeFields(this.#operations.warnOfSkipped('recomputeFields')),
    )
  }

  /**
   * express-session calls this to make the live session from the data that `get` gave. The store
   * remembers what was loaded for it. A cookie that would make express-session throw outside of any
   * request is replaced by one with default settings.
   */
  override createSession(req: Request, data: SessionData): Session & SessionData {
    const keys = Object.keys(data)
    if (!isUsableCookie(data.cookie)) data.cookie = { originalMaxAge: null } as Cookie
    const live = super.createSession(req, data)
    this.#sessions.snapshots.transfer(data, keys, live)
    return live
  }

  /**
   * Resolves to the store once it is connected and has made its indexes, or has warned about them.
   * Operations need not wait for it.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CONNECT` if there is no connection; a later call tries
   * again. `ERR_MONGODB_STORE_CLOSED` if the store is closed before it is ready
   * @example
   * ```js
   * const store = await new MongoDBStore({ uri }).ready()
   * ```
   */
  ready(): Promise<this> {
    return this.#lifecycle.ready().then(() => this)
  }

  /**
   * Closes the store: waits for the operations that are under way, then closes the connection if the
   * store opened it. If no operation is under way, it does not wait for a server, and gives up an attempt
   * to connect. Every later operation fails at once with `ERR_MONGODB_STORE_CLOSED`. `close` can be called
   * again.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSE` if the driver fails to close the connection
   * @example
   * ```js
   * process.once('SIGTERM', () => server.close(() => store.close()))
   * ```
   */
  close(callback: OptionalCallback[0]): void
  close(): Promise<void>
  close(...rest: OptionalCallback): Promise<void> | undefined {
    return answer(this.#lifecycle.close(), rest)
  }

  /** Calls `close` at the end of a block: `await using store = new MongoDBStore(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * The Mongoose model of the sessions, for the app's own queries. Such a query also finds sessions that
   * have expired and are not removed yet. With the option `model`, it is the same object.
   *
   * @example
   * ```js
   * await store.model.find({ userId, expires: { $gt: new Date() } })
   * ```
   */
  get model(): M {
    return this.#model as unknown as M
  }

  /** The Mongoose connection. */
  get connection(): Connection {
    return this.#storeConnection.connection
  }

  /** The driver's client, as in connect-mongodb-session; undefined before the app opens its connection. */
  get client(): mongo.MongoClient | undefined {
    return this.#storeConnection.baseConnection.getClient() ?? undefined
  }

  /** The driver's database, as in connect-mongodb-session; undefined while `client` is. */
  get db(): mongo.Db | undefined {
    return this.#storeConnection.connection.db ?? this.client?.db(this.options.databaseName)
  }

  /** The collection, as in connect-mongodb-session. Its operations wait until the connection is open. */
  get collection(): mongo.Collection {
    const open = this.db?.collection(this.#model.collection.collectionName)
    return (open ?? this.#model.collection) as unknown as mongo.Collection
  }

  /**
   * Shows no credentials and no session.
   * @internal
   */
  [inspect.custom](): string {
    const { collectionName } = this.#model.collection
    const state = this.#operations.isClosed
      ? 'closed'
      : (STATES[this.#storeConnection.baseConnection.readyState] ?? 'unknown')
    return `MongoDBStore { collection: '${collectionName}', model: '${this.#model.modelName}', state: '${state}' }`
  }

  /** For a framework that does not call `createSession`. express-session calls it, and sets `generate`. */
  #withLoadContext(rest: OptionalCallback<object | null>): OptionalCallback<object | null> {
    const [callback] = rest
    const isExpress = 'generate' in this
    return isExpress || typeof callback !== 'function' ? rest : [withLoadContext(callback)]
  }
}

/** The names of Mongoose's connection states. */
const STATES: Record<number, string> = {
  0: 'disconnected',
  1: 'connected',
  2: 'connecting',
  3: 'disconnecting',
}
