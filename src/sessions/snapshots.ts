/** What the store remembers of each session that came from it, for as long as that session lives. */
import type { State } from '../payload/changes'
import type { Fields } from '../records/queries'

type FieldNames = (hidden?: ReadonlySet<string>) => readonly string[] | Promise<readonly string[]>

/** @internal */
export interface Snapshot {
  readonly sid: string
  /** Whether the record's keys can be written one by one: it holds an object, and no codec's work. */
  readonly canMerge: boolean
  /** What the session held when it was loaded or last written. */
  readonly values: () => State<Buffer>
  /** The record's expiry. */
  readonly expires: unknown
  /** The stored cookie. */
  readonly cookie: unknown
  /** The record's own fields of the app's, as they were; none where the store does not compute any. */
  readonly fields?: Fields | undefined
  /** Whether the record is known to lack none that is computed for it. */
  readonly hasAllFields?: boolean
  /**
   * Names of the fields that are computed for the session as it was, without its hidden keys; only
   * where the record may have others.
   */
  readonly fieldNames?: FieldNames | undefined
  /** Whether it has to be encrypted anew. */
  readonly isOutdated: boolean
  /** Keys that the live session could not take over from the data: it never removed them. */
  readonly hidden?: ReadonlySet<string> | undefined
}

/**
 * Keyed by the object itself: what `get` gave out, then the live `Session` that express-session
 * makes of it. Nothing is put on the session, and nothing outlives it.
 */
export class Snapshots {
  readonly #bySession = new WeakMap<object, Snapshot>()

  remember(session: object, loaded: Snapshot): void {
    this.#bySession.set(session, loaded)
  }

  /** Whatever is remembered of it. */
  of(session: object): Snapshot | undefined {
    return this.#bySession.get(session)
  }

  /** Remembers of it what was remembered before. */
  restore(session: object, before: Snapshot | undefined): void {
    if (before) this.#bySession.set(session, before)
    else this.#bySession.delete(session)
  }

  /** What was loaded as `session`, if it was loaded under this very sid. */
  recall(session: object, sid: string): Snapshot | undefined {
    const loaded = this.#bySession.get(session)
    return loaded?.sid === sid ? loaded : undefined
  }

  /** Carries over what is known of `data` to the live session that was made of it. */
  transfer(data: object, keys: readonly string[], live: object): void {
    const loaded = this.#bySession.get(data)
    if (!loaded) return
    const hidden = keys.filter((key) => !Object.hasOwn(live, key))
    this.#bySession.set(live, hidden.length === 0 ? loaded : { ...loaded, hidden: new Set(hidden) })
  }

  /** Carries it over where a framework has made the live session by itself; only the first time. */
  transferOnce(sid: string, data: object, live: object): void {
    if (!this.recall(data, sid) || this.recall(live, sid)) return
    // What its class has under the same name could not be taken over
    const hidden = Object.keys(data).filter((key) => key in live)
    this.transfer(data, hidden, live)
  }
}

/** A session of express-session, bound to its request; not plain data that a caller put together. */
export function isLiveSession(session: object): boolean {
  const { req, id } = session as { req?: unknown; id?: unknown }
  return typeof req === 'object' && req !== null && typeof id === 'string'
}

/** Computes it when it is first asked for. */
export function once<T>(compute: () => T): () => T {
  let value: T | undefined
  return () => (value ??= compute())
}
