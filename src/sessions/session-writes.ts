/** The writes to one session on their way: what each writes when it leaves, and whom it answers. */
import { AsyncResource } from 'node:async_hooks'
import type { ResolvedOptions } from '../options/resolved-options'
import { leastMove, moves } from '../payload/cookie'
import type { Fields } from '../records/queries'
import type { Records } from '../records/records'
import type { Write } from '../records/statements'
import { isLostInsert, isPathRefusal } from '../records/write-errors'
import type { PendingWrite } from '../records/writes'
import { COOKIE, COOKIE_EXPIRY, changesOf, expiryOf, type SessionState } from './changes'
import type { ComputedFields } from './computed-fields'
import { isThenable, type SessionFormat } from './format'
import type { LateInserts } from './late-inserts'
import { isLiveSession, type Snapshot, type Snapshots } from './snapshots'

/** What the operations on sessions have in common. */
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

/** What a write tells its queue. */
interface Queue {
  ended(error?: unknown): void
}

export abstract class SessionWrite implements PendingWrite {
  readonly answer: Promise<void>
  /** Set by the queue in which it is. */
  queue: Queue | undefined
  /** Settles when it can leave; undefined if it can. Never rejects. */
  preparing: Promise<void> | undefined
  readonly resource: AsyncResource | undefined
  #resolve!: () => void
  #reject!: (error: unknown) => void
  #answersFor: readonly SessionWrite[] | undefined

  constructor({ records }: SessionParts) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (records.hasMiddleware) this.resource = new AsyncResource('MongoDBStore')
  }

  abstract statement(): Write

  alternative(_refusal: unknown): Write | undefined {
    return undefined
  }

  undo(): void {}

  /** Takes it as written, though it is not sent: a removal is behind it. */
  skip(): void {
    try {
      this.statement()
    } catch {}
  }

  /** Answers for writes that it makes superfluous. */
  answerFor(others: readonly SessionWrite[]): void {
    this.#answersFor = others
  }

  // The queue comes first: the caller may start the next operation, and should find the session free

  done(): void {
    this.queue?.ended()
    this.resolve()
  }

  fail(error: unknown): void {
    this.undo()
    this.queue?.ended(error)
    this.reject(error)
  }

  /** Answers, without telling the queue. */
  resolve(): void {
    this.#resolve()
    for (const each of this.#answersFor ?? []) each.resolve()
  }

  reject(error: unknown): void {
    this.#reject(error)
    for (const each of this.#answersFor ?? []) {
      each.undo()
      each.reject(error)
    }
  }
}

/** Removes the session. A session that does not exist is no error. */
export class SessionRemoval extends SessionWrite {
  readonly #statement: Write

  constructor(parts: SessionParts, sid: string) {
    super(parts)
    this.#statement = parts.records.statements.remove(sid)
  }

  statement(): Write {
    return this.#statement
  }
}

/** Writes the changes of a session that was loaded, and the whole of any other. */
export class SessionSet extends SessionWrite {
  readonly #parts: SessionParts
  readonly #sid: string
  readonly #session: object
  readonly #state: SessionState
  /** The stored form that the record must still hold, if it was given one. */
  readonly #onto: { readonly session: unknown } | undefined
  #encoded: unknown
  #fault: { readonly cause: unknown } | undefined
  /** The snapshot before the write, and the keys that the write replaces. */
  #before: { readonly snapshot: Snapshot | undefined; readonly keys: readonly string[] } | undefined
  #isInsert = false

  constructor(
    parts: SessionParts,
    sid: string,
    session: object,
    state: SessionState,
    onto?: { readonly session: unknown },
  ) {
    super(parts)
    this.#parts = parts
    this.#sid = sid
    this.#session = session
    this.#state = state
    this.#onto = onto
    const encoded = parts.format.encode(sid, state.payload)
    if (isThenable(encoded)) this.preparing = this.#prepare(encoded)
    else this.#encoded = encoded
  }

  statement(): Write {
    const { records, options } = this.#parts
    if (this.#fault) throw this.#fault.cause
    const loaded = this.#parts.snapshots.recall(this.#session, this.#sid)
    if (!loaded) return this.#insert()
    if (loaded.canMerge && options.writes === 'merge') {
      const changes = changesOf(this.#state, loaded, records)
      if (changes) {
        this.#remember(loaded, changes.keys)
        const condition = records.statements.live(Date.now(), loaded.expires)
        return records.statements.update(this.#sid, changes, condition)
      }
    }
    return this.#whole(loaded)
  }

  override alternative(refusal: unknown): Write | undefined {
    // After two inserts of one session id at once, the loser updates
    if (this.#isInsert) return isLostInsert(refusal) ? this.#insert() : undefined
    // The stored session is no object, and has no keys to write to
    return isPathRefusal(refusal) ? this.#whole(this.#before?.snapshot) : undefined
  }

  override undo(): void {
    if (!this.#before) return
    const { snapshot, keys } = this.#before
    this.#before = undefined
    const unknown = new Set([...(snapshot?.unknown ?? []), ...keys])
    this.#parts.snapshots.remember(
      this.#session,
      snapshot && { ...snapshot, expires: undefined, fields: undefined, unknown },
    )
  }

  override fail(error: unknown): void {
    if (this.#isInsert) this.#parts.late.failed(this.#sid, error)
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
    this.#parts.late.inserting(this.#sid)
    if (isLiveSession(this.#session)) this.#remember(undefined, [])
    return this.#parts.records.statements.insert(this.#sid, {
      expires,
      session: this.#encoded,
      fields,
    })
  }

  #whole(loaded: Snapshot | undefined): Write {
    const { statements } = this.#parts.records
    const { expires, fields } = this.#state
    this.#remember(loaded, Object.keys(this.#state.payload))
    const update = { expires, session: this.#encoded, fields }
    const live = statements.live(Date.now())
    const condition = this.#onto ? { ...live, ...statements.holding(this.#onto.session) } : live
    return statements.update(this.#sid, update, condition)
  }

  /** Takes the session as written, so that its next write starts from there. */
  #remember(loaded: Snapshot | undefined, keys: readonly string[]): void {
    const { payload, expires, fields } = this.#state
    this.#before ??= { snapshot: this.#parts.snapshots.of(this.#session), keys }
    this.#parts.snapshots.remember(this.#session, {
      sid: this.#sid,
      canMerge: this.#parts.canMerge,
      stored: payload,
      encoded: this.#encoded,
      expires,
      cookie: payload.cookie,
      fields: fields ? { ...loaded?.fields, ...fields } : loaded?.fields,
      hidden: loaded?.hidden,
      unknown: undefined,
    })
  }
}

/** Moves the expiry of a session that exists, and its cookie's, or writes the cookie. */
export class SessionTouch extends SessionWrite {
  readonly #parts: SessionParts
  readonly #sid: string
  readonly #session: object
  readonly #expires: Date
  readonly #cookie: unknown
  readonly #hasNewSettings: boolean
  #before: Snapshot | undefined

  /** @param hasNewSettings whether it writes the whole cookie */
  constructor(
    parts: SessionParts,
    sid: string,
    session: object,
    expires: Date,
    cookie: unknown,
    hasNewSettings: boolean,
  ) {
    super(parts)
    this.#parts = parts
    this.#sid = sid
    this.#session = session
    this.#expires = expires
    this.#cookie = cookie
    this.#hasNewSettings = hasNewSettings
  }

  /** Whether it moves the expiry far enough to be written. */
  isNeeded(): boolean {
    const loaded = this.#parts.snapshots.recall(this.#session, this.#sid)
    const { touchAfter } = this.#parts.options
    if (!loaded || this.#hasNewSettings) return true
    return moves(loaded.expires, this.#expires, leastMove(touchAfter, this.#expires, Date.now()))
  }

  statement(): Write {
    const loaded = this.#parts.snapshots.recall(this.#session, this.#sid)
    if (loaded) {
      this.#before = loaded
      const touched = { ...loaded, expires: this.#expires, cookie: this.#cookie, isTouched: true }
      this.#parts.snapshots.remember(this.#session, touched)
    }
    return this.#update(loaded, this.#changesOf(loaded))
  }

  /** If the stored session is no object, only the record's expiry. */
  override alternative(refusal: unknown): Write | undefined {
    return isPathRefusal(refusal) ? this.#update(this.#before, undefined) : undefined
  }

  override undo(): void {
    if (!this.#before) return
    const unknown = new Set([...(this.#before.unknown ?? []), 'cookie'])
    this.#parts.snapshots.remember(this.#session, { ...this.#before, expires: undefined, unknown })
    this.#before = undefined
  }

  #update(loaded: Snapshot | undefined, set: Fields | undefined): Write {
    const { statements } = this.#parts.records
    const now = Date.now()
    const least = leastMove(this.#parts.options.touchAfter, this.#expires, now)
    // What was loaded has told already whether it moves far enough
    const condition =
      loaded || least <= 0
        ? statements.live(now, loaded?.expires)
        : statements.liveAndAwayFrom(this.#expires, least, now)
    return statements.update(this.#sid, { expires: this.#expires, set }, condition)
  }

  #changesOf(loaded: Snapshot | undefined): Fields | undefined {
    const canMerge = loaded ? loaded.canMerge : this.#parts.canMerge
    if (this.#cookie === undefined || !canMerge) return undefined
    return this.#hasNewSettings
      ? { [COOKIE]: this.#cookie }
      : { [COOKIE_EXPIRY]: expiryOf(this.#cookie) }
  }
}
