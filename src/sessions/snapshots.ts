/** What was loaded for each session object: kept on the object itself. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Callback } from '../operations/operations'
import type { Bson } from '../payload/bson'
import { documentIn, EMPTY_DOCUMENT, elementNamed } from '../payload/bson-elements'
import { isPlainObject, type SessionPayload } from '../payload/payload'
import type { Fields } from '../records/queries'

/** @internal */
export interface Snapshot {
  readonly sid: string
  /** Whether the session's keys can be written one by one: the record holds a plain object. */
  readonly canMerge: boolean
  /** The record as loaded; undefined if the session was written since. */
  readonly record?: Buffer | undefined
  /** What was last written as the record's `session`. */
  readonly written?: unknown
  /** The record's expiry; undefined if unknown. */
  readonly expires: unknown
  /** The stored cookie. */
  readonly cookie: unknown
  /** The record's fields; undefined if unknown, or without the option `fields`. */
  readonly fields: Fields | undefined
  /** Keys that the live session could not take over: their absence is not a removal. */
  readonly hidden?: ReadonlySet<string> | undefined
  /** Whether a touch has written the cookie since. */
  readonly isTouched?: boolean
  /** Keys whose stored values are unknown, since a write of them has failed. */
  readonly unknown?: ReadonlySet<string> | undefined
}

/**
 * The snapshots of one store, each on its session object under a non-enumerable symbol of this store: copies of
 * a session do not have it, and other stores do not see it.
 */
export class Snapshots {
  readonly #key = Symbol('loaded')

  /** The session object's snapshot, if it is for this session id. */
  recall(session: object, sid: string): Snapshot | undefined {
    const loaded = (session as Record<symbol, Snapshot | undefined>)[this.#key]
    return loaded?.sid === sid ? loaded : undefined
  }

  /** @returns the previous one, for any session id */
  replace(session: object, loaded: Snapshot | undefined): Snapshot | undefined {
    const before = (session as Record<symbol, Snapshot | undefined>)[this.#key]
    if (this.#key in session) Reflect.set(session, this.#key, loaded)
    else Reflect.defineProperty(session, this.#key, { value: loaded, writable: true })
    return before
  }

  /** Gives the snapshot of `data` to the live session made from it. */
  transfer(data: object, keys: readonly string[], live: object): void {
    const loaded = (data as Record<symbol, Snapshot | undefined>)[this.#key]
    if (!loaded) return
    const hidden = keys.filter((key) => !Object.hasOwn(live, key))
    this.replace(live, hidden.length === 0 ? loaded : { ...loaded, hidden: new Set(hidden) })
  }

  /** The same for a live session made by a framework; only the first time. */
  transferOnce(sid: string, data: object, live: object): void {
    if (!this.recall(data, sid) || this.recall(live, sid)) return
    // Members of the framework's class with the same names hide these keys
    const hidden = Object.keys(data).filter((key) => key in live)
    this.transfer(data, hidden, live)
  }
}

/** The stored session as a BSON document: empty if it is not an object. */
export function documentOf({ record, written }: Snapshot, bson: Bson): Buffer {
  if (!record) return bson.serialize(written as SessionPayload)
  return documentIn(elementNamed('session', record)) ?? EMPTY_DOCUMENT
}

/** The record's `session` as it was loaded or last written. */
export function storedForm({ record, written }: Snapshot, bson: Bson): unknown {
  const element = record && elementNamed('session', record)
  return element ? bson.exactly(element) : written
}

/** Whether it is express-session's session object, bound to its request, rather than plain data. */
export function isLiveSession(session: object): boolean {
  const { req, id } = session as { req?: unknown; id?: unknown }
  return typeof req === 'object' && req !== null && typeof id === 'string'
}

/**
 * A framework such as @fastify/session copies the data from `get` into its own session object, and passes that
 * to `set`. All of this follows from the callback of `get`, so the async context can carry the loaded data
 * through the request, separate from other requests with the same session.
 */
const loadContext = new AsyncLocalStorage<object>()

/** The callback, run in a context with the data it gets. */
export function withLoadContext<T extends object | null>(callback: Callback<T>): Callback<T> {
  return (error, data) => {
    if (data) loadContext.run(data, callback, error, data)
    else callback(error, data)
  }
}

/** The data loaded for a framework's session object; undefined for a plain object built by the app. */
export function loadedDataOf(session: unknown): object | undefined {
  const data = loadContext.getStore()
  // First, since looking at the session may throw
  if (data === undefined || typeof session !== 'object' || session === null) return undefined
  return isPlainObject(session) ? undefined : data
}
