/** Turns a session into the payload of a record, and back. */
import { MongoDBStoreError } from '../errors'
import { isObject, isPlainObject } from './objects'
import { type CopyContext, notStorable, plainCopy } from './payload'

/** A session as plain data, without express-session's methods. @public */
export type SessionPayload = Record<string, unknown>

/**
 * Turns a session into the value of the record's field `session`, and back. Either function may return a
 * promise. The result of `encode` is stored as BSON. An error of `decode` becomes the cause of one with
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
   * Returns the value to store: anything that BSON can hold except `undefined` and `null`.
   * @param session plain data, a copy that the codec may change
   * @param sid the session id, for a codec that ties the value to it
   */
  encode(session: SessionPayload, sid: string): unknown
  /**
   * Returns the session of a stored value: an object with a `cookie`.
   * @param stored the result of `encode`, or the value that another program stored; bytes and the like
   * come in the types of BSON
   */
  decode(stored: unknown, sid: string): unknown
}

/** Plain BSON, as in connect-mongodb-session. It also reads the JSON strings of connect-mongo. */
export const plainCodec: Codec = {
  encode: (session) => session,
  decode: (stored) => (typeof stored === 'string' ? parsed(stored) : stored),
}

/**
 * A copy of the session that can be stored: later changes by the app do not reach it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` if the session holds what BSON cannot
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
 * The session that a codec has decoded.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD`
 */
export function sessionFrom(decoded: unknown): SessionPayload {
  if (decoded instanceof Uint8Array) {
    throw notASession(
      'the stored `session` is bytes; if it was encrypted, the option `encryption` reads it',
    )
  }
  // An array, or a value of a BSON type: a date, an ObjectId
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

/** connect-mongo's option `crypto` stores the result of kruptein: `{ hmac, ct, at, … }` as JSON. */
function isKrupteinEnvelope(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'ct' in value && !('cookie' in value)
}

export function notASession(why: string, cause?: unknown): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_RECORD', why, cause)
}
