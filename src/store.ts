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
  callbackOrPromise,
  ignoreRejection,
  type OptionalCallback,
} from './operations/callback'
import { Operations } from './operations/operations'
import { reportWarning } from './operations/reports'
import { StoreWithEvents } from './operations/store-events'
import type { MongoDBStoreOptions } from './options/options'
import { calledWithSession, isExpressSession } from './options/other-stores'
import { type ResolvedOptions, resolveOptions } from './options/resolved-options'
import { isUsableCookie } from './payload/cookie'
import type { SessionFilter } from './records/filter'
import { type SessionModel, sessionModel } from './records/model'
import { Records } from './records/records'
import { ComputedFields } from './sessions/computed-fields'
import { loadedDataOf, withLoadContext } from './sessions/load-context'
import { Sessions } from './sessions/sessions'

type Request = Parameters<Store['createSession']>[0]

/**
 * What `MongoDBStore` and `CallableStore` of callable.ts, which document it, have for an implementation.
 * @internal
 */
export class MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreWithEvents {
  /** The options, complete. What could hold credentials is not enumerable. */
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
    const warn = (warning: MongoDBStoreError) => reportWarning(this, warning)
    this.#storeConnection = connectionFor(this.options, warn)
    this.#model = sessionModel(this.#storeConnection.connection, this.options)
    const records = new Records(this.#model, this.options, this.#storeConnection)
    const { fields, schema, idField, expiresKey } = this.options
    const computed =
      fields && new ComputedFields(this.#model, { fields, schema, idField, expiresKey })
    this.#sessions = new Sessions(records, this.options, computed)
    this.#operations = new Operations(this, this.#model.collection.collectionName)
    const maintenance = new Maintenance(
      this.#model,
      records,
      this.options,
      this.#storeConnection,
      warn,
    )
    this.#lifecycle = new Lifecycle(
      this,
      this.#storeConnection,
      maintenance,
      this.#operations,
      onStart,
    )
  }

  // Of the methods that express-session knows: a subclass may override one as its types have it, with a
  // callback and no result. TypeScript compares overloads with `any` for what is generic; a caller's `N`
  // is nothing. The promise comes last, since `ReturnType` and mocks look at the last overload. One
  // signature whose result depends on the callback would have none of the three.

  /**
   * The session, or null where there is none or it has expired.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD` or `…_ENCRYPTION_…` for what is stored and
   * cannot be read, `…_SID` for what is no session id, `…_CLOSED`, and `…_GET` where the server fails
   * @example
   * ```js
   * const session = await store.get(sid)
   * ```
   */
  override get(sid: string, callback: AnyCallback<T | null>): void
  override get<N extends never>(sid: string, callback?: N): Promise<T | null> | N
  override get(sid: string, ...rest: OptionalCallback<object | null>): unknown {
    return callbackOrPromise(
      this.#operations.onOne('get', sid, () => this.#sessions.get(sid)),
      this.#withLoadContext(rest),
    )
  }

  /**
   * Stores the session. One that came from this store is updated by what changed, and stays away
   * where it was destroyed or has expired meanwhile; any other is inserted. It expires with its
   * cookie, else after `options.expires`. It is taken as it is now: what the app changes later is not
   * written.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` or `…_SESSION_SIZE` for what cannot be stored,
   * before anything is sent; `…_SID`, `…_CLOSED`, and `…_SET` where the server fails
   */
  override set(sid: string, session: T, callback: AnyCallback): void
  override set<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override set(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    return callbackOrPromise(
      this.#operations.onOne('set', sid, () =>
        this.#sessions.set(sid, session, loadedDataOf(session)),
      ),
      rest,
    )
  }

  /**
   * Removes the session; that there is none is no error. No request that is still running brings it back.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`, `…_CLOSED`, and `…_DESTROY` where the server fails
   */
  override destroy(sid: string, callback: AnyCallback): void
  override destroy<N extends never>(sid: string, callback?: N): Promise<void> | N
  override destroy(sid: string, ...rest: OptionalCallback): Promise<void> | undefined {
    return callbackOrPromise(
      this.#operations.onOne('destroy', sid, () => this.#sessions.destroy(sid)),
      rest,
    )
  }

  /**
   * Moves the expiry of a session that is still there, and stores its cookie; its data stay. Nothing is
   * written where the expiry moves by less than `options.touchAfter`. The callback is called as soon as
   * the touch is on its way, unless `options.awaitTouch` is set, and what fails later is an `error`
   * event; the promise resolves when it is written.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`, `…_CLOSED`, and `…_TOUCH` where the server fails
   */
  override touch(sid: string, session: T, callback: AnyCallback): void
  override touch<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override touch(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    let isOnItsWay = false
    const touching = this.#operations.onOne('touch', sid, () => {
      const written = this.#sessions.touch(sid, session)
      isOnItsWay = true
      return written
    })
    const [callback] = rest
    if (!callback || this.options.awaitTouch || !isOnItsWay)
      return callbackOrPromise(touching, rest)
    ignoreRejection(touching)
    return callbackOrPromise(Promise.resolve(), rest)
  }

  /**
   * Every live session, each with its session id as `id`. All of them are in memory at once; `sessions`
   * gives one after the other. One that cannot be read is left out with a `warning`.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_ALL` where the server fails
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
    return callbackOrPromise(
      this.#operations.onMany('all', () => this.#sessions.all(this.#operations.leaveOut('all'))),
      rest,
    )
  }

  /**
   * The live sessions that match, each with its session id as `id` and its end as `expires`, one after
   * the other from a cursor: any number of them in constant memory. Both are the record's, also where
   * the session has data of such a name; `get` gives those. A loop that ends early closes the cursor.
   *
   * @param filter all of them without one; through Mongoose, which casts it and runs the model's hooks
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says
   * @example
   * ```js
   * for await (const { id, expires } of store.sessions({ userId })) console.log(id, expires)
   * ```
   */
  sessions(filter: SessionFilter<F> = {} as SessionFilter<F>): AsyncGenerator<
    T & {
      /** The session id. */
      id: string
      /** When the session ends, whatever its cookie says; null for one that never does. */
      expires: Date | null
    },
    void,
    void
  > {
    return this.#operations.loop(() =>
      this.#sessions.matching(filter, this.#operations.leaveOut('sessions')),
    ) as AsyncGenerator<unknown> as AsyncGenerator<T & { id: string; expires: Date | null }>
  }

  /**
   * Ends every session that matches, and resolves to how many records are gone: a user's everywhere,
   * for instance. No request that is still running brings one of them back.
   *
   * @param filter through Mongoose, which casts it; an empty one is refused
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says
   * @example
   * ```js
   * await store.destroyMany({ userId, _id: { $ne: req.sessionID } }) // everywhere else
   * ```
   */
  destroyMany(filter: SessionFilter<F>, callback: OptionalCallback<number>[0]): void
  destroyMany(filter: SessionFilter<F>): Promise<number>
  destroyMany(
    filter: SessionFilter<F>,
    ...rest: OptionalCallback<number>
  ): Promise<number> | undefined {
    return callbackOrPromise(
      this.#operations.onMany('destroyMany', async () => this.#sessions.destroyMany(filter)),
      rest,
    )
  }

  /**
   * How many sessions are live. The server counts them: the more there are, the longer it takes.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_LENGTH` where the server fails
   */
  override length(callback: AnyCallback<number>): void
  override length<N extends never>(callback?: N): Promise<number> | N
  override length(...rest: OptionalCallback<number>): Promise<number> | undefined {
    return callbackOrPromise(
      this.#operations.onMany('length', () => this.#sessions.length()),
      rest,
    )
  }

  /**
   * Removes every session, of this app and of every other that shares the collection.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSED`, and `…_CLEAR` where the server fails
   */
  override clear(callback: AnyCallback): void
  override clear<N extends never>(callback?: N): Promise<void> | N
  override clear(...rest: OptionalCallback): Promise<void> | undefined {
    return callbackOrPromise(
      this.#operations.onMany('clear', () => this.#sessions.clear()),
      rest,
    )
  }

  /**
   * For express-session: the live session that it makes of the data that `get` gave it. The store
   * remembers of it what was loaded. A cookie that express-session would throw at, outside of any
   * request, is replaced by one of its defaults.
   */
  override createSession(req: Request, data: SessionData): Session & SessionData {
    const keys = Object.keys(data)
    if (!isUsableCookie(data.cookie)) data.cookie = { originalMaxAge: null } as Cookie
    const live = super.createSession(req, data)
    this.#sessions.trackLiveSession(data, keys, live)
    return live
  }

  /**
   * Resolves to the store once it is connected and has made its indexes, or has warned about them.
   * Operations need not wait for it.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CONNECT` where there is no connection; a later call tries
   * again. `ERR_MONGODB_STORE_CLOSED` where the store is closed before
   * @example
   * ```js
   * const store = await new MongoDBStore({ uri }).ready()
   * ```
   */
  ready(): Promise<this> {
    return this.#lifecycle.ready().then(() => this)
  }

  /**
   * Ends the store: lets what is under way finish, and closes the connection if the store opened it.
   * Where nothing is under way it waits for no server: an attempt to connect is given up. Every later
   * operation fails at once with `ERR_MONGODB_STORE_CLOSED`. Can be called again.
   *
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSE` where the driver fails to close the connection
   * @example
   * ```js
   * process.once('SIGTERM', () => server.close(() => store.close()))
   * ```
   */
  close(callback: OptionalCallback[0]): void
  close(): Promise<void>
  close(...rest: OptionalCallback): Promise<void> | undefined {
    return callbackOrPromise(this.#lifecycle.close(), rest)
  }

  /** `close`, at the end of a block: `await using store = new MongoDBStore(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * The Mongoose model of a session, for queries of the app's own. It also finds what has expired and
   * has not been removed yet. With the option `model`, that very model.
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

  /** The driver's database, as in connect-mongodb-session; undefined where `client` is. */
  get db(): mongo.Db | undefined {
    return this.#storeConnection.connection.db ?? this.client?.db(this.options.databaseName)
  }

  /** The collection, as in connect-mongodb-session; before the connection is open its operations wait. */
  get collection(): mongo.Collection {
    const open = this.db?.collection(this.#model.collection.collectionName)
    return (open ?? this.#model.collection) as unknown as mongo.Collection
  }

  /**
   * Says what it is, and no secret of it.
   * @internal
   */
  [inspect.custom](): string {
    const { collectionName } = this.#model.collection
    const state = this.#operations.hasEnded
      ? 'closed'
      : (STATES[this.#storeConnection.baseConnection.readyState] ?? 'unknown')
    return `MongoDBStore { collection: '${collectionName}', model: '${this.#model.modelName}', state: '${state}' }`
  }

  /** For a framework that does not call `createSession`; express-session, which does, sets `generate`. */
  #withLoadContext(rest: OptionalCallback<object | null>): OptionalCallback<object | null> {
    const [callback] = rest
    const isExpress = 'generate' in this
    return isExpress || typeof callback !== 'function' ? rest : [withLoadContext(callback)]
  }
}

/** Mongoose's numbers for the states of a connection. */
const STATES: Record<number, string> = {
  0: 'disconnected',
  1: 'connected',
  2: 'connecting',
  3: 'disconnecting',
}
