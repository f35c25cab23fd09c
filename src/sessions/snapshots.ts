/** Remembers what was loaded for each session object, for as long as the object lives. */
import type { Fields } from '../records/queries'
import { HiddenField } from './hidden-field'

type FieldNames = (hidden?: ReadonlySet<string>) => readonly string[] | Promise<readonly string[]>

/** @internal */
export interface Snapshot {
  readonly sid: string
  /** Whether the session's keys can be written one by one: the record holds an object, without a codec. */
  readonly canMerge: boolean
  /** The session as it was stored when it was loaded or last written. */
  readonly document: () => Buffer
  /** The record's expiry. */
  readonly expires: unknown
  /** The touches that were under way at the time: `expires` is what they write, unless they fail. */
  readonly touches?: readonly { readonly hasFailed?: boolean }[] | undefined
  /** The stored cookie. */
  readonly cookie: unknown
  /** The record's fields; undefined if the option `fields` is not set. */
  readonly fields?: Fields | undefined
  /** Whether the record is known to have every computed field. */
  readonly hasAllFields?: boolean
  /**
   * The names of the fields that are computed for the session as it was, without its hidden keys;
   * undefined unless the record may have other fields.
   */
  readonly fieldNames?: FieldNames | undefined
  /** Whether the session is to be encrypted anew. */
  readonly isOutdated: boolean
  /** Keys of the data that the live session could not take over: their absence is no removal. */
  readonly hidden?: ReadonlySet<string> | undefined
}

/**
 * Keyed by the session object: first the data that `get` gave, then the live `Session` that
 * express-session makes of it. Nothing is put on the session, and no snapshot outlives it.
 */
export class Snapshots {
  readonly #ofSession = new HiddenField<Snapshot>()

  remember(session: object, loaded: Snapshot): void {
    this.#ofSession.set(session, loaded)
  }

  /** The snapshot of the session object, under any session id. */
  of(session: object): Snapshot | undefined {
    return this.#ofSession.get(session)
  }

  /** Puts back an earlier snapshot, or none. */
  restore(session: object, before: Snapshot | undefined): void {
    this.#ofSession.set(session, before)
  }

  /** The snapshot of the session object, if it is for this session id. */
  recall(session: object, sid: string): Snapshot | undefined {
    const loaded = this.#ofSession.get(session)
    return loaded?.sid === sid ? loaded : undefined
  }

  /** Transfers the snapshot of `data` to the live session that was made of it. */
  transfer(data: object, keys: readonly string[], live: object): void {
    const loaded = this.#ofSession.get(data)
    if (!loaded) return
    const hidden = keys.filter((key) => !Object.hasOwn(live, key))
    this.#ofSession.set(live, hidden.length === 0 ? loaded : { ...loaded, hidden: new Set(hidden) })
  }

  /** The same for a live session that a framework has made; only the first time. */
  transferOnce(sid: string, data: object, live: object): void {
    if (!this.recall(data, sid) || this.recall(live, sid)) return
    // Keys that are members of the framework's class could not be taken over
    const hidden = Object.keys(data).filter((key) => key in live)
    this.transfer(data, hidden, live)
  }
}

/** Whether it is express-session's session object, bound to its request, and not plain data. */
export function isLiveSession(session: object): boolean {
  const { req, id } = session as { req?: unknown; id?: unknown }
  return typeof req === 'object' && req !== null && typeof id === 'string'
}

/** A function that computes its value at the first call, and keeps it. */
export function once<T>(compute: () => T): () => T {
  let value: T | undefined
  return () => (value ??= compute())
}
