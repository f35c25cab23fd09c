/** A `set` on its way: decides what to write, and under which condition. */
import { currentBatchInfo } from '../operations/diagnostics'
import { ifLive } from '../payload/expiry'
import type { Fields } from '../records/queries'
import type { Statement } from '../records/statements'
import { changesOf, type SessionState } from './session-changes'
import { isPromise } from './session-format'
import type { SessionParts } from './session-parts'
import { isLiveSession, once, type Snapshot } from './snapshots'
import type { SessionWrite } from './write-group'

/** Writes the changes of a session that was loaded, and the whole of any other. */
export class SessionSet implements SessionWrite {
  readonly batchInfo = currentBatchInfo()
  readonly #parts: SessionParts
  readonly #sid: string
  readonly #session: object
  readonly #given: SessionState
  /** The snapshot before the write, under any session id. */
  #before: Snapshot | undefined
  #loaded: Snapshot | undefined
  /** The state to write, with the fields to remove. */
  #state: SessionState

  constructor(parts: SessionParts, sid: string, session: object, given: SessionState) {
    this.#parts = parts
    this.#sid = sid
    this.#session = session
    this.#given = given
    this.#state = given
  }

  prepare(): Statement | undefined {
    const { records, snapshots } = this.#parts
    this.#before = snapshots.of(this.#session)
    const state = this.#withoutGoneFields()
    if (!records.writes.canFold || isPromise(state)) return undefined
    const encoded = state.encoded.now()
    if (encoded === undefined) return undefined
    this.#state = state
    return this.#statement(encoded)
  }

  remember(): void {
    const loaded = this.#loaded
    if (!loaded && !isLiveSession(this.#session)) return
    const { records, snapshots, canMerge, fields: computed } = this.#parts
    const { payload, expires, fields } = this.#state
    const given = this.#given.fields
    snapshots.remember(this.#session, {
      sid: this.#sid,
      canMerge,
      document: once(() => records.values.of(payload)),
      expires,
      cookie: payload.cookie,
      fields: fields && { ...loaded?.fields, ...fields },
      hasAllFields: true,
      fieldNames: computed?.allowsOtherFields && given ? () => Object.keys(given) : undefined,
      isOutdated: false,
      hidden: loaded?.hidden,
    })
  }

  forget(): void {
    this.#parts.snapshots.restore(this.#session, this.#before)
  }

  async sendAlone(): Promise<void> {
    const { writes } = this.#parts.records
    this.#state = await this.#withoutGoneFields()
    const encoded = await this.#state.encoded.later
    const isWritten = await writes.sendAlone(this.#statement(encoded))
    if (!isWritten) await writes.sendAlone(this.#replacing(encoded))
    this.remember()
  }

  /** The state, in which the fields to remove are `undefined`. */
  #withoutGoneFields(): SessionState | Promise<SessionState> {
    const { snapshots, fields: computed } = this.#parts
    const given = this.#given
    const loaded = snapshots.recall(this.#session, this.#sid)
    this.#loaded = loaded
    const gone = loaded && given.fields && computed?.removedSince(loaded, given.fields)
    if (!gone) return given
    const without = (names: Fields) => ({ ...given, fields: { ...given.fields, ...names } })
    return isPromise(gone) ? gone.then(without) : without(gone)
  }

  #statement(encoded: unknown): Statement {
    const { records, options } = this.#parts
    const { expires, fields } = this.#state
    const loaded = this.#loaded
    if (!loaded)
      return records.statements.inserting(this.#sid, { expires, session: encoded, fields })
    const changes = changesOf(this.#state, loaded, records.values, options)
    // A session that is written whole has all of its computed fields written, too
    if (!changes) return this.#replacing(encoded)
    const condition = ifLive(options.expiresKey, Date.now(), loaded.expires)
    return records.statements.updating(this.#sid, changes, condition)
  }

  #replacing(session: unknown): Statement {
    const { records, options } = this.#parts
    const { expires, fields } = this.#state
    const condition = ifLive(options.expiresKey, Date.now())
    return records.statements.updating(this.#sid, { expires, session, fields }, condition)
  }
}
