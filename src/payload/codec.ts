/** Turns a session into the payload of a record, and back. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import type { Encryption } from './encryption'
import { isPlainObject } from './objects'
import { notStorable, plainCopy, refusedByBson } from './payload'

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

/** Serializes a session as BSON, so that types are kept: by the driver of the model's Mongoose. */
export interface Bson {
  serialize(session: SessionPayload): Uint8Array
  deserialize(bytes: Uint8Array): unknown
}

/** @internal */
export function encryptedCodec(encryption: Encryption, bson: Bson): Codec {
  return {
    encode: (session, sid) => encryption.seal(serialized(session, bson), sid),
    decode(stored, sid) {
      const payload = bytesOf(stored)
      if (payload) return bson.deserialize(encryption.open(payload, sid))
      if (encryption.allowPlaintext) return plainCodec.decode(stored, sid)
      throw new MongoDBStoreError(
        'ERR_MONGODB_STORE_NOT_ENCRYPTED',
        'the stored `session` is not encrypted; is it from before `encryption` was set? ' +
          'Then `encryption.allowPlaintext` reads it',
      )
    },
  }
}

/** @throws MongoDBStoreError if BSON cannot hold the session */
export function serialized(session: SessionPayload, bson: Bson): Uint8Array {
  try {
    return bson.serialize(session)
  } catch (cause) {
    throw refusedByBson(cause) ?? cause
  }
}

/** Bytes come as a Buffer, or as the driver's Binary, by the app's settings. */
function bytesOf(stored: unknown): Buffer | undefined {
  if (types.isUint8Array(stored)) {
    return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  }
  const { _bsontype, buffer, position } = stored as { [key in string]?: unknown }
  return _bsontype === 'Binary' ? bytesOf(buffer)?.subarray(0, position as number) : undefined
}

/**
 * A copy of the session that can be stored: later changes by the app do not reach it.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION` if the session holds what BSON cannot
 */
export function payloadOf(session: unknown): SessionPayload {
  try {
    const copy = plainCopy(session)
    if (isPlainObject(copy)) return copy
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
  if (types.isUint8Array(decoded)) {
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
