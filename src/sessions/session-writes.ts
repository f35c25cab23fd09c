/** The pending writes of a session: what each writes when it leaves, and whom it answers. */
import { AsyncResource } from 'node:async_hooks'
import type { ResolvedOptions } from '../options/resolved-options'
import type { Records } from '../records/records'
import type { Write } from '../records/statements'
import { isLostInsert, isPathRefusal } from '../records/write-errors'
import type { PendingWrite } from '../records/writes'
import { type Changes, changesOf, type SessionState } from './changes'
import type { ComputedFields } from './computed-fields'
import { isThenable, type SessionFormat } from './format'
import type { LateInserts } from './late-inserts'
import { isLiveSession, type Snapshot, type Snapshots, storedForm } from './snapshots'

/** What all operations on sessions share. */
export interface SessionParts {
  readonly records: Records
  readonly options: ResolvedOptions
  readonly format: SessionFormat
  /** Whether the keys of a record's session can be written one by one. */
  readonly canMerge: boolean
  readonly fields: ComputedFields | undefined
  readonly snapshots: Snapshots
  readonly late: LateInserts
}

export abstract class SessionWrite implements PendingWrite {
  /** Resolves to whether it created a record; to undefined if it was superfluous, and not sent. */
  readonly answer: Promise<boolean | undefined>
  /** The queue it is in, or was taken from. */
  queue: { ended(error?: unknown): void } | undefined
  /** Settles once it can leave; undefined if it can now. Never rejects. */
  preparing: Promise<void> | undefined
  readonly resource: AsyncResource | undefined
  /** The snapshot before the write, and the keys it writes. */
  #before: { readonly snapshot: Snapshot | undefined; readonly keys: readonly string[] } | undefined
  #resolve!: (isInserted?: boolean) => void
  #reject!: (error: unknown) => void
  #answersFor: readonly SessionWrite[] = []

  constructor(
    protected readonly parts: SessionParts,
    protected readonly sid: string,
    protected readonly session: object = {},
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (parts.records.hasMiddleware) this.resource = new AsyncResource('MongoDBStore')
  }

  abstract statement(): Write

  alternative(_refusal: unknown): Write | undefined {
    return undefined
  }

  /** Marks its keys as unknown, so that the session's next write includes them. */
  undo(): void {
    if (!this.#before) return
    const { snapshot, keys } = this.#before
    this.#before = undefined
    // A session stored as one value is always written whole
    const unknown = snapshot?.canMerge ? new Set([...(snapshot.unknown ?? []), ...keys]) : undefined
    const left = snapshot && { ...snapshot, expires: undefined, fields: undefined, unknown }
    this.parts.snapshots.replace(this.session, left)
  }

  /** Counts it as written without sending it: a removal follows. */
  skip(): void {
    try {
      this.statement()
    } catch (error) {
      this.reject(error)
    }
  }

  /** Makes it answer the callers of writes it replaces, too. */
  answerFor(others: readonly SessionWrite[]): void {
    this.#answersFor = others
  }

  // The queue first: the caller may start the next operation, and should find the session free

  done(isInserted: boolean): void {
    this.queue?.ended()
    this.resolve(isInserted)
  }

  fail(error: unknown): void {
    this.undo()
    this.queue?.ended(error)
    this.reject(error)
  }

  /** Answers without telling the queue. */
  resolve(isInserted?: boolean): void {
    this.#resolve(isInserted)
    for (const each of this.#answersFor) each.resolve()
  }

  reject(error: unknown): void {
    this.undo()
    this.#reject(error)
    for (const each of this.#answersFor) each.reject(error)
  }

  /** Counts the session as written, so that its next write starts from there. */
  protected remember(written: Snapshot, keys: readonly string[]): void {
    const snapshot = this.parts.snapshots.replace(this.session, written)
    this.#before ??= { snapshot, keys }
  }
}

/** Removes the session, if it exists. */
export class SessionRemoval extends SessionWrite {
  statement(): Write {
    return this.parts.records.statements.remove(this.sid)
  }
}

/** Writes the changes of a loaded session, and any other session as a whole. */
export class SessionSet extends SessionWrite {
  readonly #state: SessionState
  /** Whether to write only if the record still holds the session as it was loaded. */
  readonly #isForLoaded: boolean
  #encoded: unknown
  #fault: { readonly cause: unknown } | undefined
  #isInsert = false

  constructor(
    parts: SessionParts,
    sid: string,
    session: object,
    state: SessionState,
    isForLoaded = false,
  ) {
    super(parts, sid, session)
    this.#state = state
    this.#isForLoaded = isForLoaded
    const encoded = parts.format.encode(sid, state.payload)
    if (isThenable(encoded)) this.preparing = this.#prepare(encoded)
    else this.#encoded = encoded
  }

  statement(): Write {
    if (this.#fault) throw this.#fault.cause
    const { records, options, snapshots } = this.parts
    const loaded = snapshots.recall(this.session, this.sid)
    if (!loaded) return this.#insert()
    if (!loaded.canMerge || options.writes === 'replace') return this.#whole(loaded)
    const changes = this.#changes(loaded)
    if (!changes) return this.#whole(loaded)
    this.#rememberState(loaded, changes.keys)
    const condition = records.statements.live(Date.now(), loaded.expires)
    return records.statements.update(this.sid, changes, condition)
  }

  /** Undefined if they cannot be told: BSON cannot hold this session, or the one written before. */
  #changes(loaded: Snapshot): Changes | undefined {
    try {
      return changesOf(this.#state, loaded, this.parts.records.bson)
    } catch {
      return undefined
    }
  }

  override alternative(refusal: unknown): Write | undefined {
    // Of two simultaneous inserts of one session id, the loser updates
    if (this.#isInsert) return isLostInsert(refusal) ? this.#insert() : undefined
    // The stored session is not an object, and has no keys to write
    return isPathRefusal(refusal) ? this.#whole() : undefined
  }

  override fail(error: unknown): void {
    if (this.#isInsert) this.parts.late.failed(this.sid, error)
    super.fail(error)
  }

  async #prepare(encoded: PromiseLike<unknown>): Promise<void> {
    try {
      this.#encoded = await encoded
    } catch (cause) {
      this.#fault = { cause }
    }
    this.preparing = undefined
  }

  #insert(): Write {
    const { expires, fields } = this.#state
    this.#isInsert = true
    if (isLiveSession(this.session)) this.#rememberState(undefined, [])
    const update = { expires, session: this.#encoded, fields }
    return this.parts.records.statements.insert(this.sid, update)
  }

  #whole(loaded = this.parts.snapshots.recall(this.session, this.sid)): Write {
    const { records } = this.parts
    const { statements } = records
    const { payload, expires, fields } = this.#state
    const live = statements.live(Date.now())
    const condition =
      loaded && this.#isForLoaded
        ? { ...live, ...statements.holding(storedForm(loaded, records.bson)) }
        : live
    this.#rememberState(loaded, Object.keys(payload))
    const update = { expires, session: this.#encoded, fields }
    return statements.update(this.sid, update, condition)
  }

  #rememberState(loaded: Snapshot | undefined, keys: readonly string[]): void {
    const { payload, expires, fields } = this.#state
    const written = {
      sid: this.sid,
      canMerge: this.parts.canMerge,
      written: this.#encoded,
      expires,
      cookie: payload.cookie,
      fields: fields ? { ...loaded?.fields, ...fields } : loaded?.fields,
      hidden: loaded?.hidden,
    }
    this.remember(written, keys)
  }
}
