/** The session's payload on its way in and out of a record. */
import { MongoDBStoreError } from '../errors'
import { isObject, isPlainObject } from './objects'
import { type CopyContext, notStorable, plainCopy } from './payload'

/** A session as plain data: what express-session hands over, without its methods. @public */
export type SessionPayload = Record<string, unknown>

/**
 * Turns a session into what is stored under `session`, and back. Either function may return a
 * promise. What `encode` returns is stored as BSON; whatever `decode` throws becomes an error with
 * the code `ERR_MONGODB_STORE_RECORD`.
 *
 * @example
 * ```js
 * const json = {
 *   encode: (session) => JSON.stringify(session),
 *   decode: (stored) => JSON.parse(stored),
 * }
 * ```
 * @public
 */
export interface Codec {
  /**
   * What is stored for a session: anything that BSON can hold but `undefined` and `null`.
   * @param session plain data, a copy: the codec may change it
   * @param sid for what has to be tied to the session id
   */
  encode(session: SessionPayload, sid: string): unknown
  /**
   * The session, of what was stored: an object with a `cookie`.
   * @param stored what `encode` gave, or another program stored; BSON's own types where it has any
   */
  decode(stored: unknown, sid: string): unknown
}

/** Plain BSON, readable by connect-mongodb-session; also reads the JSON strings of connect-mongo. */
export const plainCodec: Codec = {
  encode: (session) => session,
  decode: (stored) => (typeof stored === 'string' ? parsed(stored) : stored),
}

/**
 * The session as data that can be stored, decoupled from what the app may change meanwhile.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` for what BSON has no form for
 */
export function payloadOf(session: unknown, context?: CopyContext): SessionPayload {
  try {
    if (isObject(session)) return plainCopy(session, context)
  } catch (cause) {
    if (cause instanceof MongoDBStoreError) throw cause
    throw notStorable('it threw when it was read (a getter, a `toJSON` or a `toBSON`?)', cause)
  }
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', 'the session is not an object')
}

/**
 * What a codec gave back, if it is a session.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD`
 */
export function sessionFrom(decoded: unknown): SessionPayload {
  if (decoded instanceof Uint8Array) {
    throw notASession(
      'the stored `session` is bytes; if it was encrypted, the option `encryption` reads it',
    )
  }
  // Anything else is a list, or a value of BSON's own: a date, bytes, an ObjectId
  if (!isPlainObject(decoded)) throw notASession('the stored `session` is not an object')
  return decoded
}

function parsed(json: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw notASession(
      'the stored `session` is a string that is not JSON (encrypted by another store?)',
      cause,
    )
  }
  if (isKrupteinEnvelope(value)) {
    throw notASession(
      'the stored `session` was encrypted by connect-mongo, which only connect-mongo can read; remove ' +
        "such records, and their users log in again, or read them with its help: see the package's docs/migration.md",
    )
  }
  return value
}

/** connect-mongo's `crypto` option stores what kruptein makes: `{ hmac, ct, at, … }` as JSON. */
function isKrupteinEnvelope(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'ct' in value && !('cookie' in value)
}

export function notASession(why: string, cause?: unknown): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_RECORD', why, cause)
}
