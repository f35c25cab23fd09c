/** Sessions to records: what has to be written, and under which condition. */
import { canBePaths, changesBetween } from './changes'
import { payloadOf, type SessionPayload } from './codec'
import { sameButForExpiry } from './cookie'
import { isLive, liveFilter, needsTouch, touchFilter, unmovedFilter } from './expiry'
import { type ComputedFields, changedFields } from './fields'
import { isLiveSession, type Loaded, type LoadedSessions, once } from './loaded'
import { tooLarge } from './payload'
import type { Fields } from './queries'
import type { Records } from './records'
import type { ResolvedOptions } from './resolved-options'
import type { SessionParts } from './sessions'
import type { StoredForm } from './stored-form'

/** A session as it was when it was handed over. */
export interface SessionState {
  readonly payload: SessionPayload
  readonly expires: Date
  /** The app's own fields, computed from it. */
  readonly fields?: Fields | undefined
}

/** @internal */
export class SessionWriter {
  readonly #records: Records
  readonly #options: ResolvedOptions
  readonly #form: StoredForm
  readonly #loaded: LoadedSessions
  readonly #hasPaths: boolean
  readonly #fields: ComputedFields | undefined

  constructor({ records, options, form, loaded, hasPaths, fields }: SessionParts) {
    this.#records = records
    this.#options = options
    this.#form = form
    this.#loaded = loaded
    this.#hasPaths = hasPaths
    this.#fields = fields
  }

  /** Writes what changed of a session that was loaded, and all of any other. */
  async save(sid: string, session: object, given: SessionState): Promise<void> {
    const now = Date.now()
    const loaded = this.#loaded.recall(session, sid)
    const gone = loaded && given.fields && this.#fields?.goneSince(loaded, given.fields)
    const state = gone ? { ...given, fields: { ...given.fields, ...(await gone) } } : given
    const { payload, expires, fields } = state
    if (!loaded) await this.#insert(sid, state)
    else await this.#update(sid, now, state, loaded)
    if (!loaded && !isLiveSession(session)) return
    this.#loaded.remember(session, {
      ...loaded,
      sid,
      hasPaths: this.#hasPaths,
      values: once(() => this.#records.values.of(payload)),
      expires,
      cookie: payload.cookie,
      fields: fields && { ...loaded?.fields, ...fields },
      hasAllFields: true,
      fieldNames: this.#fields?.areSome ? () => Object.keys(given.fields as Fields) : undefined,
      isOutdated: false,
    })
  }

  /** Moves the expiry of a session that is there, and writes its cookie. */
  async move(sid: string, session: object, expires: Date, cookie: unknown): Promise<void> {
    const now = Date.now()
    const { expiresKey, touchAfter } = this.#options
    const loaded = this.#loaded.recall(session, sid)
    const renewed = loaded !== undefined && !sameButForExpiry(loaded.cookie, cookie)
    if (loaded && !renewed && !needsTouch(loaded.expires, expires, touchAfter)) return
    const live = loaded
      ? liveFilter(expiresKey, now, loaded.expires)
      : touchFilter(expiresKey, now, expires, touchAfter)
    const fields = loaded && this.#fields?.lackedBy(loaded, session, sid)
    // Not over what another request has written since: its fields go with it
    const condition = fields ? unmovedFilter(expiresKey, now, loaded.expires) : live

    const hasPaths = loaded ? loaded.hasPaths : this.#hasPaths
    if (cookie === undefined || (loaded && !hasPaths && !renewed)) {
      await this.#records.update(sid, { expires, fields }, condition)
      if (loaded?.isOutdated) await this.#renew(sid, live, expires)
    } else {
      const set =
        loaded && !renewed ? { [COOKIE_EXPIRY]: expiryOf(cookie) } : { [pathOf('cookie')]: cookie }
      const update = { expires, set, fields }
      const isDone = hasPaths && (await this.#records.update(sid, update, condition))
      if (!isDone) await this.#putCookie(sid, now, cookie, expires)
    }
    if (!loaded) return
    const written = cookie === undefined ? {} : { cookie }
    const values = once(() => new Map([...loaded.values(), ...this.#records.values.of(written)]))
    this.#loaded.remember(session, {
      ...loaded,
      values,
      expires,
      cookie,
      hasAllFields: fields === undefined,
      isOutdated: false,
    })
  }

  async #insert(sid: string, { payload, expires, fields }: SessionState): Promise<void> {
    // Not awaited where it need not be: what a caller asks for at once is to be sent at once
    const session = this.#form.isPlain ? payload : await this.#encoded(sid, payload, expires)
    await this.#records.upsert(sid, { expires, session, fields })
  }

  async #update(sid: string, now: number, state: SessionState, loaded: Loaded): Promise<void> {
    if (loaded.hasPaths && this.#options.writes === 'merge') {
      const { payload, expires, fields: computed } = state
      const changes = changesBetween(loaded.values(), payload, this.#records.values.isStored)
      if (canBePaths(changes)) {
        const isRenewed = !sameButForExpiry(loaded.cookie, payload.cookie)
        const set: Fields = {}
        for (const key of changes.changed) {
          if (key !== 'cookie' || isRenewed) set[pathOf(key)] = payload[key]
          else set[COOKIE_EXPIRY] = expiryOf(payload.cookie)
        }
        const unset = changes.removed.filter((key) => !loaded.hidden?.has(key)).map(pathOf)
        // One that another request has changed is left as that one wrote it
        const fields =
          computed && loaded.fields
            ? changedFields(loaded.fields, computed, this.#records.values.areSame)
            : computed
        const condition = liveFilter(this.#options.expiresKey, now, loaded.expires)
        if (await this.#records.update(sid, { expires, fields, set, unset }, condition)) return
      }
    }
    // All of them: what is stored as a whole is what its fields are computed from
    await this.#replace(sid, now, state)
  }

  /** For a touch of what has no paths: the rest of the session stays as it is stored now. */
  async #putCookie(sid: string, now: number, cookie: unknown, expires: Date): Promise<void> {
    const record = await this.#records.find(sid)
    if (!record || !isLive(record.expires, now)) return
    const session = await this.#form.decode(record)
    const renewed = !sameButForExpiry(session.cookie, cookie)
    if (!renewed && !needsTouch(record.expires, expires, this.#options.touchAfter)) return
    await this.#replace(sid, now, { payload: payloadOf({ ...session, cookie }), expires })
  }

  /**
   * Encrypts what is stored with the first secret, so that no visitor keeps another one in use by
   * coming back in time. What is written meanwhile stays: it is newer.
   */
  async #renew(sid: string, condition: Record<string, unknown>, expires: Date): Promise<void> {
    const record = await this.#records.find(sid)
    if (!record || !this.#form.isOutdated(record.session)) return
    const asItWas = { session: { $eq: record.session } }
    // Without its expiry: nothing of what was found may be changed
    const payload = payloadOf(await this.#form.decode({ ...record, expires: undefined }))
    const session = await this.#form.encode(sid, payload)
    await this.#records.update(sid, { expires, session }, { ...condition, ...asItWas })
  }

  /** What is stored; a codec may make more of the session than it is. */
  async #encoded(sid: string, payload: SessionPayload, expires: Date): Promise<unknown> {
    const session = await this.#form.encode(sid, payload)
    if (this.#records.isTooLarge(sid, { expires, session })) throw tooLarge()
    return session
  }

  async #replace(
    sid: string,
    now: number,
    { payload, expires, fields }: SessionState,
  ): Promise<void> {
    const session = this.#form.isPlain ? payload : await this.#encoded(sid, payload, expires)
    const condition = liveFilter(this.#options.expiresKey, now)
    await this.#records.update(sid, { expires, session, fields }, condition)
  }
}

/** Of a key of the session, in the record. */
function pathOf(key: string): string {
  return `session.${key}`
}

/** Where an expiry that moved is written alone: another request may have changed the cookie's settings. */
const COOKIE_EXPIRY = pathOf('cookie.expires')

function expiryOf(cookie: unknown): unknown {
  return (cookie as { expires?: unknown } | null)?.expires ?? null
}
