/** `MongoDBStore`: express-session's store, backed by a session model. */
import { inspect } from 'node:util'
import type { Cookie, Session, SessionData, Store } from 'express-session'
import type { Connection, mongo } from 'mongoose'
import { connectionFor, type StoreConnection } from './connection/connection'
import type { MongoDBStoreError } from './errors'
import { type EndedSession, EndedSessions } from './lifecycle/ended-sessions'
import { Lifecycle, type StartCallback } from './lifecycle/lifecycle'
import { Maintenance } from './lifecycle/maintenance'
import { driverCollection } from './mongoose-internals'
import {
  type AnyCallback,
  answer,
  MANY,
  Operations,
  type OptionalCallback,
  warn,
} from './operations/operations'
import type { MongoDBStoreOptions } from './options/options'
import { assertNotSession } from './options/other-stores'
import { type ResolvedOptions, resolveOptions } from './options/resolved-options'
import { isUsableCookie } from './payload/cookie'
import { type SessionModel, sessionModel } from './records/model'
import { Records } from './records/records'
import type { SessionFilter } from './session-filter'
import { ComputedFields } from './sessions/computed-fields'
import { Sessions } from './sessions/sessions'
import { loadedDataOf, withLoadContext } from './sessions/snapshots'
import { StoreWithEvents } from './store-events'

type Request = Parameters<Store['createSession']>[0]

/** The implementation of `MongoDBStore`, which typed-store.ts documents. @internal */
export class MongoDBStore<
  T extends SessionData = SessionData,
  F extends object = object,
  M = SessionModel<F>,
> extends StoreWithEvents {
  /** The complete options. Those that could hold credentials are not enumerable. */
  readonly options: ResolvedOptions
  readonly #storeConnection: StoreConnection
  readonly #model: SessionModel
  readonly #sessions: Sessions
  readonly #operations: Operations
  readonly #lifecycle: Lifecycle
  readonly #ended: EndedSessions
  #db: mongo.Db | undefined

  constructor(options?: MongoDBStoreOptions<T, F> | StartCallback, callback?: StartCallback) {
    super()
    const onStart = (typeof options === 'function' ? options : callback) ?? undefined
    if (onStart !== undefined && typeof onStart !== 'function') {
      throw new TypeError('the second argument of MongoDBStore must be a function')
    }
    assertNotSession(onStart)
    this.options = resolveOptions(typeof options === 'function' ? {} : (options ?? {}))
    const warnOf = (warning: MongoDBStoreError) => warn(this, warning)
    const connection = connectionFor(this.options, warnOf)
    const model = sessionModel(connection.connection, this.options)
    const records = new Records(model, this.options, connection)
    const computed = this.options.fields && new ComputedFields(model, this.options)
    const maintenance = new Maintenance(model, records, this.options, connection, warnOf)
    this.#storeConnection = connection
    this.#model = model
    this.#sessions = new Sessions(records, this.options, computed)
    this.#operations = new Operations(
      this,
      model.collection.collectionName,
      this.options.transformId,
    )
    this.#ended = new EndedSessions(model, this.options, connection)
    this.#lifecycle = new Lifecycle(this, connection, maintenance, this.#operations, onStart)
  }

  // Two overloads each, so that a subclass may override a method with express-session's types: TypeScript then
  // compares with `any` for `N`, which no caller can pass. `ReturnType` uses the last.

  /**
   * Resolves to the session, or null if there is none or it has expired.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD` or `…_ENCRYPTION_…` if it cannot be read
   * @example
   * ```js
   * const session = await store.get(sid)
   * ```
   */
  override get(sid: string, callback: AnyCallback<T | null>): void
  override get<N extends never>(sid: string, callback?: N): Promise<T | null> | N
  override get(sid: string, ...rest: OptionalCallback<object | null>): unknown {
    const [callback] = rest
    // For frameworks that do not call `createSession`; express-session does, and sets `generate`
    const isExpress = 'generate' in this
    const inContext: OptionalCallback<object | null> =
      isExpress || typeof callback !== 'function' ? rest : [withLoadContext(callback)]
    return this.#operations.run('get', sid, inContext, (id) => this.#sessions.get(id))
  }

  /**
   * Stores the session as it is now; it expires with its cookie, else after `options.expires`. For a session from
   * this store, only changes are written, and nothing if it has ended in the meantime; others are inserted.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` or `…_SESSION_SIZE` if it cannot be stored
   */
  override set(sid: string, session: T, callback: AnyCallback): void
  override set<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override set(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    const set = (id: string) => this.#sessions.set(id, session, sid, loadedDataOf(session))
    return this.#operations.run('set', sid, rest, set)
  }

  /** Removes the session, if there is one. No request still running brings it back. */
  override destroy(sid: string, callback: AnyCallback): void
  override destroy<N extends never>(sid: string, callback?: N): Promise<void> | N
  override destroy(sid: string, ...rest: OptionalCallback): Promise<void> | undefined {
    return this.#operations.run('destroy', sid, rest, (id) => this.#sessions.destroy(id))
  }

  /**
   * Moves the expiry of an existing session, and stores its cookie, but no other data. Skipped if the cookie has no
   * new settings, and the expiry moves by less than `options.touchAfter` and half the lifetime. The callback does not
   * wait for the write, and a later failure is an `error` event; a promise, or `options.awaitTouch`, does wait.
   */
  override touch(sid: string, session: T, callback: AnyCallback): void
  override touch<N extends never>(sid: string, session: T, callback?: N): Promise<void> | N
  override touch(sid: string, session: T, ...rest: OptionalCallback): Promise<void> | undefined {
    const touch = (id: string) => this.#sessions.touch(id, session)
    return this.#operations.run('touch', sid, rest, touch, !this.options.awaitTouch)
  }

  /**
   * Resolves to every live session, with its session id as `id`: all in memory at once, unlike `sessions`.
   * Sessions that cannot be read are left out with a `warning`.
   */
  override all(callback: AnyCallback<(T & { id: string })[]>): void
  override all<N extends never>(callback?: N): Promise<(T & Record<'id', string>)[]> | N
  override all(...rest: OptionalCallback<object[]>): unknown {
    const unreadable = this.#operations.warnOfSkipped('all')
    return this.#operations.run('all', MANY, rest, () => this.#sessions.all(unreadable))
  }

  /**
   * Iterates over the live sessions that match, with a cursor: any number in constant memory. Each has its id as
   * `id` and its expiry as `expires` (null if it never expires), even if its data has keys of these names. Sessions
   * that cannot be read are left out with a `warning`.
   * @param filter cast by Mongoose; without it, every session matches
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says
   * @example
   * ```js
   * for await (const { id, expires } of store.sessions({ userId })) console.log(id, expires)
   * ```
   */
  sessions(
    filter: SessionFilter<F> = {} as SessionFilter<F>,
  ): AsyncGenerator<T & Record<'id', string> & Record<'expires', Date | null>, void, void> {
    const unreadable = this.#operations.warnOfSkipped('sessions')
    const found = this.#operations.iterate('sessions', () =>
      this.#sessions.matching(filter, unreadable),
    )
    return found as AsyncGenerator<unknown> as ReturnType<typeof this.sessions>
  }

  /**
   * Ends every session that matches; resolves to how many. No request still running brings one back.
   * @param filter cast by Mongoose; an empty one is refused
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_FILTER` for a filter that could match more than it says
   * @example
   * ```js
   * await store.destroyMany({ userId, _id: { $ne: store.idOf(req.sessionID) } }) // all but the current one
   * ```
   */
  destroyMany(filter: SessionFilter<F>, callback: OptionalCallback<number>[0]): void
  destroyMany(filter: SessionFilter<F>): Promise<number>
  destroyMany(filter: SessionFilter<F>, ...rest: OptionalCallback<number>): unknown {
    return this.#operations.run('destroyMany', MANY, rest, () => this.#sessions.destroyMany(filter))
  }

  /**
   * Iterates over the sessions that end from now on, whoever ends them: this store, another process, a query, or the
   * server at their expiry. All loops share one change stream, which survives elections. A loop ends with the signal
   * or with `close`.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_ENDED` on the first step if the server has no change streams (a
   * standalone), or the session id is not in `_id`
   * @example
   * ```js
   * for await (const { id } of store.ended()) console.log(`${id} has ended`)
   * ```
   */
  ended(
    options: { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<EndedSession, void, void> {
    return this.#operations.iterate('ended', () => this.#ended.each(options.signal))
  }

  /** Resolves to the number of live sessions. The server counts them, which is slow for very many. */
  override length(callback: AnyCallback<number>): void
  override length<N extends never>(callback?: N): Promise<number> | N
  override length(...rest: OptionalCallback<number>): Promise<number> | undefined {
    return this.#operations.run('length', MANY, rest, () => this.#sessions.length())
  }

  /** Removes every session, including those of other apps that share the collection. */
  override clear(callback: AnyCallback): void
  override clear<N extends never>(callback?: N): Promise<void> | N
  override clear(...rest: OptionalCallback): Promise<void> | undefined {
    return this.#operations.run('clear', MANY, rest, () => this.#sessions.clear())
  }

  /**
   * Computes the option `fields` for every live session, and writes what differs; resolves to how many sessions
   * have changed. Sessions that cannot be read are left out with a `warning`.
   * @example
   * ```js
   * console.log(`${await store.recomputeFields()} sessions now have their fields`)
   * ```
   */
  recomputeFields(callback: OptionalCallback<number>[0]): void
  recomputeFields(): Promise<number>
  recomputeFields(...rest: OptionalCallback<number>): Promise<number> | undefined {
    const unreadable = this.#operations.warnOfSkipped('recomputeFields')
    const recompute = () => this.#sessions.recomputeFields(unreadable)
    return this.#operations.run('recomputeFields', MANY, rest, recompute)
  }

  /**
   * The id of the session's record, as in `all`, `sessions` and filters: the result of `options.transformId`, or
   * the session id itself.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`
   */
  idOf(sid: string): string {
    return this.#operations.idOf(sid)
  }

  /**
   * express-session calls this to create the live session from what `get` returned. A cookie that would make
   * express-session throw outside any request is replaced with the default one.
   */
  override createSession(req: Request, data: SessionData): Session & SessionData {
    const keys = Object.keys(data)
    if (!isUsableCookie(data.cookie)) data.cookie = { originalMaxAge: null } as Cookie
    const live = super.createSession(req, data)
    this.#sessions.snapshots.transfer(data, keys, live)
    return live
  }

  /**
   * Resolves to the store once it is connected, and has its indexes or has warned about them. Operations do not
   * need it: they wait for the connection.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CONNECT` if it cannot connect (another call tries again), or
   * `…_CLOSED` if the store is closed first
   * @example
   * ```js
   * const store = await new MongoDBStore({ uri }).ready()
   * ```
   */
  ready(): Promise<this> {
    return this.#lifecycle.ready().then(() => this)
  }

  /**
   * Waits for operations under way, then closes a connection that the store opened, or gives up connecting. Later
   * operations fail with `ERR_MONGODB_STORE_CLOSED`. Can be called again.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_CLOSE` if the driver fails to close the connection
   * @example
   * ```js
   * process.once('SIGTERM', () => server.close(() => store.close()))
   * ```
   */
  close(callback: OptionalCallback[0]): void
  close(): Promise<void>
  close(...rest: OptionalCallback): Promise<void> | undefined {
    this.#ended.close()
    return answer(this.#lifecycle.close(), rest)
  }

  /** Calls `close` at the end of a block: `await using store = new MongoDBStore(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * The sessions' Mongoose model, for the app's own queries. They also find expired sessions that are not removed
   * yet.
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

  /** The driver's client, like connect-mongodb-session's; undefined until the app opens its connection. */
  get client(): mongo.MongoClient | undefined {
    return this.#storeConnection.baseConnection.getClient() ?? undefined
  }

  /** The driver's database, like connect-mongodb-session's; undefined while `client` is. */
  get db(): mongo.Db | undefined {
    // Always the same object, which an app may stub
    this.#db = this.#storeConnection.connection.db ?? this.#db
    return (this.#db ??= this.client?.db(this.options.databaseName))
  }

  /** The collection, like connect-mongodb-session's. Its operations wait until the connection is open. */
  get collection(): mongo.Collection {
    const { collection } = this.#model
    return driverCollection(this.#model as never) ?? (collection as unknown as mongo.Collection)
  }

  /** Shows neither credentials nor sessions. @internal */
  [inspect.custom](): string {
    const { collection, modelName, base } = this.#model
    const { readyState } = this.#storeConnection.baseConnection
    const state = this.#operations.isClosed ? 'closed' : base.STATES[readyState]
    const names = `collection: '${collection.collectionName}', model: '${modelName}'`
    return `MongoDBStore { ${names}, state: '${state}' }`
  }
}
