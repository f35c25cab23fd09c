/** Records whose session is stored as a whole, read and written anew for what is about a part of it. */
import { payloadOf, type SessionPayload } from '../payload/codec'
import { sameButForExpiry } from '../payload/cookie'
import { isLive, needsTouch, whileLive } from '../payload/expiry'
import type { FoundRecord } from '../records/found-record'
import type { RecordUpdate } from '../records/statements'
import type { SessionParts } from './session-parts'

/** More often than others write a session between two answers of the server. */
const MAX_TRIES = 100

/** For a touch: the rest of the session stays as it is stored now. */
export function putCookie(
  parts: SessionParts,
  sid: string,
  now: number,
  cookie: unknown,
  expires: Date,
): Promise<void> {
  return rewrite(parts, sid, now, async (record) => {
    const session = await parts.format.decode(record)
    const hasNewSettings = !sameButForExpiry(session.cookie, cookie)
    if (!hasNewSettings && !needsTouch(record.expires, expires, parts.options.touchAfter)) {
      return undefined
    }
    return { expires, session: await encoded(parts, sid, { ...session, cookie }) }
  })
}

/** Encrypts with the first secret, so that no visitor keeps another one in use by coming back in time. */
export function encryptAnew(parts: SessionParts, sid: string, now: number): Promise<void> {
  return rewrite(parts, sid, now, async (record) => {
    if (!parts.format.isOutdated(record.session)) return undefined
    // Without its expiry: nothing of what was found may be changed
    const session = await parts.format.decode({ ...record, expires: undefined })
    return { session: await encoded(parts, sid, session) }
  })
}

/** Not over what is written meanwhile, which is newer: that is looked at again. */
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
    const { filter } = whileLive(options.expiresKey, now, record.expires)
    const asFound = { filter: { session: { $eq: record.session }, ...filter }, now }
    if (await records.writes.updateOne(records.statements.updating(sid, update, asFound))) return
  }
  throw new Error('the session was changed again and again')
}

function encoded(
  { format, records }: SessionParts,
  sid: string,
  session: SessionPayload,
): Promise<unknown> {
  const check = (encoded: unknown) => records.assertSize(sid, { session: encoded })
  return format.encode(sid, payloadOf(session), check).later
}
