/** Sessions to records: what has to be written, and under which condition. */

import { currentBatchInfo } from '../operations/diagnostics'
import type { ResolvedOptions } from '../options/resolved-options'
import { canMergeKeys, changesBetween } from '../payload/changes'
import { payloadOf, type SessionPayload } from '../payload/codec'
import { sameButForExpiry } from '../payload/cookie'
import { isLive, needsTouch, whileLive, whileTouchable, whileUnmoved } from '../payload/expiry'
import type { Fields } from '../records/queries'
import type { Records, RecordUpdate } from '../records/records'
import type { Statement } from '../records/write-folding'
import { type ComputedFields, changedFields } from './computed-fields'
import { type Encoded, isPromise, type SessionFormat } from './session-format'
import type { SessionParts } from './session-parts'
import { isLiveSession, once, type Snapshot, type Snapshots } from './snapshots'
import type { Touched } from './touches'
import type { SessionWrite } from './write-group'

/** A session as it was when it was handed over. */
export interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from it. */
  readonly fields?: Fields | undefined
  /** What is stored of it. */
  readonly encoded: Encoded
}

/** @internal */
export class SessionWriter {
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #format: SessionFormat
  readonly #snapshots: Snapshots
  readonly #canMerge: boolean
  readonly #fields: ComputedFields | undefined

  constructor({ records, options, format, snapshots, canMerge, fields }: SessionParts) {
    this.#records = records
    this.#options = options
    this.#format = format
    this.#snapshots = snapshots
    this.#canMerge = canMerge
    this.#fields = fields
  }

  /** Writes what changed of a session that was loaded, and all of any other. */
  set(sid: string, session: object, given: SessionState): SessionWrite {
    const remembering = (state: SessionState, loaded: Snapshot | undefined) => () => {
      if (!loaded && !isLiveSession(session)) return
      const { payload, expires, fields } = state
      this.#snapshots.remember(session, {
        ...loaded,
        sid,
        canMerge: this.#canMerge,
        values: once(() => this.#records.values.of(payload)),
        expires,
        cookie: payload.cookie,
        fields: fields && { ...loaded?.fields, ...fields },
        hasAllFields: true,
        fieldNames: this.#fields?.allowsOtherFields
          ? () => Object.keys(given.fields as Fields)
          : undefined,
        isOutdated: false,
      })
    }
    return {
      batchInfo: currentBatchInfo(),
      prepare: () => {
        const before = this.#snapshots.of(session)
        const loaded = this.#snapshots.recall(session, sid)
        const state = this.#withoutGoneFields(given, loaded)
        if (!this.#records.canFold || isPromise(state)) return undefined
        const encoded = state.encoded.now()
        if (encoded === undefined) return undefined
        return {
          statement: this.#writing(sid, state, encoded, loaded),
          remember: remembering(state, loaded),
          forget: () => this.#snapshots.restore(session, before),
        }
      },
      alone: async () => {
        const loaded = this.#snapshots.recall(session, sid)
        const state = await this.#withoutGoneFields(given, loaded)
        const encoded = await state.encoded.later
        const isWritten = await this.#records.write(this.#writing(sid, state, encoded, loaded))
        if (!isWritten) await this.#records.write(this.#replacing(sid, state, encoded))
        remembering(state, loaded)()
      },
    }
  }

  /** Removes the session; that there is none is no error. */
  destroy(sid: string): SessionWrite {
    const statement = this.#records.removing(sid)
    return {
      batchInfo: currentBatchInfo(),
      prepare: () =>
        this.#records.canFold ? { statement, remember: () => {}, forget: () => {} } : undefined,
      alone: async () => void (await this.#records.write(statement)),
    }
  }

  /**
   * Moves the expiry of a session that is there, and writes its cookie; undefined if that is not worth
   * a write.
   */
  touch(
    sid: string,
    session: object,
    expires: Date,
    cookie: unknown,
  ): (SessionWrite & { readonly touched: Touched }) | undefined {
    const now = Date.now()
    const { expiresKey, touchAfter } = this.#options
    const before = this.#snapshots.of(session)
    const loaded = this.#snapshots.recall(session, sid)
    const hasNewSettings = loaded !== undefined && !sameButForExpiry(loaded.cookie, cookie)
    if (loaded && !hasNewSettings && !needsTouch(loaded.expires, expires, touchAfter)) {
      return undefined
    }
    const live = loaded
      ? whileLive(expiresKey, now, loaded.expires)
      : whileTouchable(expiresKey, now, expires, touchAfter)
    const fields = loaded && this.#fields?.missingFrom(loaded, session, sid)
    // Not over what another request has written since: its fields go with it
    const condition = fields ? whileUnmoved(expiresKey, now, loaded.expires) : live
    const canMerge = loaded ? loaded.canMerge : this.#canMerge
    const isAboutExpiry = cookie === undefined || (loaded && !canMerge && !hasNewSettings)
    const isOutdated = isAboutExpiry && loaded?.isOutdated
    const isWholeCookie = !isAboutExpiry && (!loaded || hasNewSettings)
    let set: Fields | undefined
    if (isWholeCookie) set = { [pathOf('cookie')]: cookie }
    else if (!isAboutExpiry) set = { [COOKIE_EXPIRY]: expiryOf(cookie) }
    const statement = () => this.#records.updating(sid, { expires, set, fields }, condition)
    // At once: the next touch of this session may come before the answer
    if (loaded) {
      const written = cookie === undefined ? {} : { cookie }
      const values = once(() => new Map([...loaded.values(), ...this.#records.values.of(written)]))
      const hasAllFields = fields === undefined
      this.#snapshots.remember(session, {
        ...loaded,
        values,
        expires,
        cookie,
        hasAllFields,
        isOutdated: false,
      })
    }
    const forget = () => this.#snapshots.restore(session, before)
    return {
      touched: {
        now,
        expires,
        ...(isWholeCookie ? { cookie } : set && { cookieExpires: expiryOf(cookie) }),
      },
      batchInfo: currentBatchInfo(),
      prepare: () =>
        this.#records.canFold && (canMerge || isAboutExpiry) && !isOutdated
          ? { statement: statement(), remember: () => {}, forget }
          : undefined,
      alone: async () => {
        const isDone = (canMerge || isAboutExpiry) && (await this.#records.write(statement()))
        if (!isDone) await this.#putCookie(sid, now, cookie, expires)
        if (isOutdated) await this.#encryptAnew(sid, now)
      },
    }
  }

  /** With those to be removed that the app's function named for the session as it was loaded. */
  #withoutGoneFields(
    given: SessionState,
    loaded: Snapshot | undefined,
  ): SessionState | Promise<SessionState> {
    const gone = loaded && given.fields && this.#fields?.removedSince(loaded, given.fields)
    const without = (names: Fields) => ({ ...given, fields: { ...given.fields, ...names } })
    if (!gone) return given
    return isPromise(gone) ? gone.then(without) : without(gone)
  }

  #writing(
    sid: string,
    state: SessionState,
    encoded: unknown,
    loaded: Snapshot | undefined,
  ): Statement {
    const { expires, fields } = state
    if (!loaded) return this.#records.inserting(sid, { expires, session: encoded, fields })
    const changes = this.#changesOf(state, loaded)
    // All of them: what is stored as a whole is what its fields are computed from
    if (!changes) return this.#replacing(sid, state, encoded)
    const condition = whileLive(this.#options.expiresKey, Date.now(), loaded.expires)
    return this.#records.updating(sid, changes, condition)
  }

  /** What has to be written of it, by path; undefined if that cannot be said by paths. */
  #changesOf(
    { payload, expires, fields: computed }: SessionState,
    loaded: Snapshot,
  ): RecordUpdate | undefined {
    if (!loaded.canMerge || this.#options.writes !== 'merge') return undefined
    const changes = changesBetween(loaded.values(), payload, this.#records.values.isStored)
    if (!canMergeKeys(changes)) return undefined
    const hasNewSettings = !sameButForExpiry(loaded.cookie, payload.cookie)
    const set: Fields = {}
    for (const key of changes.changed) {
      if (key !== 'cookie' || hasNewSettings) set[pathOf(key)] = payload[key]
      else set[COOKIE_EXPIRY] = expiryOf(payload.cookie)
    }
    const unset = changes.removed.filter((key) => !loaded.hidden?.has(key)).map(pathOf)
    // One that another request has changed is left as that one wrote it
    const fields =
      computed && loaded.fields
        ? changedFields(loaded.fields, computed, this.#records.values.areSame)
        : computed
    return { expires, fields, set, unset }
  }

  #replacing(sid: string, { expires, fields }: SessionState, session: unknown): Statement {
    const condition = whileLive(this.#options.expiresKey, Date.now())
    return this.#records.updating(sid, { expires, session, fields }, condition)
  }

  /** For a touch of what has no paths: the rest of the session stays as it is stored now. */
  async #putCookie(sid: string, now: number, cookie: unknown, expires: Date): Promise<void> {
    await this.#rewrite(sid, now, async (record) => {
      const session = await this.#format.decode(record)
      const hasNewSettings = !sameButForExpiry(session.cookie, cookie)
      if (!hasNewSettings && !needsTouch(record.expires, expires, this.#options.touchAfter)) {
        return undefined
      }
      return { expires, session: await this.#encoded(sid, { ...session, cookie }) }
    })
  }

  /** Encrypts with the first secret, so that no visitor keeps another one in use by coming back in time. */
  async #encryptAnew(sid: string, now: number): Promise<void> {
    await this.#rewrite(sid, now, async (record) => {
      if (!this.#format.isOutdated(record.session)) return undefined
      // Without its expiry: nothing of what was found may be changed
      const session = await this.#format.decode({ ...record, expires: undefined })
      return { session: await this.#encoded(sid, session) }
    })
  }

  /**
   * Writes anew what is stored as a whole. Not over what is written meanwhile, which is newer: that is
   * looked at again.
   */
  async #rewrite(
    sid: string,
    now: number,
    rewritten: (record: Found) => Promise<RecordUpdate | undefined>,
  ): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const record = await this.#records.find(sid)
      if (!record || !isLive(record.expires, now)) return
      const update = await rewritten(record)
      if (!update) return
      const { filter } = whileLive(this.#options.expiresKey, now, record.expires)
      const asFound = { session: { $eq: record.session }, ...filter }
      if (await this.#records.updateOne(sid, update, { filter: asFound, now })) return
    }
    throw new Error('the session was changed again and again')
  }

  #encoded(sid: string, session: SessionPayload): Promise<unknown> {
    return this.#format.encode(sid, payloadOf(session), (encoded) =>
      this.#records.assertSize(sid, { session: encoded }),
    ).later
  }
}

type Found = NonNullable<Awaited<ReturnType<Records['find']>>>

/** More often than others write a session between two answers of the server. */
const MAX_TRIES = 100

/** Of a key of the session, in the record. */
function pathOf(key: string): string {
  return `session.${key}`
}

/** Where an expiry that moved is written alone: another request may have changed the cookie's settings. */
const COOKIE_EXPIRY = pathOf('cookie.expires')

function expiryOf(cookie: unknown): unknown {
  return (cookie as { expires?: unknown } | null)?.expires ?? null
}
