/** Changes a part of a session that is stored as a whole: reads the record, and writes it anew. */
import { payloadOf, type SessionPayload } from '../payload/codec'
import { differsOnlyInExpiry } from '../payload/cookie'
import { ifLive, isLive, needsTouch } from '../payload/expiry'
import type { FoundRecord } from '../records/found-record'
import type { RecordUpdate } from '../records/statements'
import type { SessionParts } from './session-parts'

/** More often than other requests write one session between a read and a write. */
const MAX_TRIES = 100

/** Writes the cookie and the expiry of a touch; the rest of the session stays as it is stored. */
export function putCookie(
  parts: SessionParts,
  sid: string,
  now: number,
  cookie: unknown,
  expires: Date,
): Promise<void> {
  return rewrite(parts, sid, now, async (record) => {
    const session = await parts.format.decode(record)
    const hasNewSettings = !differsOnlyInExpiry(session.cookie, cookie)
    if (!hasNewSettings && !needsTouch(record.expires, expires, parts.options.touchAfter)) {
      return undefined
    }
    return { expires, session: await encoded(parts, sid, { ...session, cookie }) }
  })
}

/** Encrypts with the first secret, so that touches alone do not keep an old secret in use. */
export function encryptAnew(parts: SessionParts, sid: string, now: number): Promise<void> {
  return rewrite(parts, sid, now, async (record) => {
    if (!parts.format.isOutdated(record.session)) return undefined
    // Without the expiry, so that `decode` does not change the cookie
    const session = await parts.format.decode({ ...record, expires: undefined })
    return { session: await encoded(parts, sid, session) }
  })
}

/** Writes only if the record is still as it was read; otherwise reads it again. */
async function rewrite(
  { records, options }: SessionParts,
  sid: string,
  now: number,
  rewritten: (record: FoundRecord) => Promise<RecordUpdate | undefined>,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const record = await records.find(sid)
    if (!record || !isLive(record.expires, now)) return
    const update = await rewritten(record)
    if (!update) return
    const { filter } = ifLive(options.expiresKey, now, record.expires)
    const asFound = { filter: { session: { $eq: record.session }, ...filter }, now }
    if (await records.writes.updateOne(records.statements.updating(sid, update, asFound))) return
  }
  throw new Error('the session was changed again and again')
}

function encoded({ format }: SessionParts, sid: string, session: SessionPayload): Promise<unknown> {
  return format.encode(sid, payloadOf(session)).later
}
