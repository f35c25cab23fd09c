/** Turns a session into what a record stores, and back. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import type { Bson } from './bson'
import type { Encryption } from './encryption'
import { isPlainObject, type SessionPayload } from './payload'

/**
 * Turns a session into the value of the record's `session`, and back; either may return a promise. If `decode`
 * throws, the operation fails with `ERR_MONGODB_STORE_RECORD` and that error as its cause. @public
 * @example
 * ```js
 * const json = {
 *   encode: (session) => JSON.stringify(session),
 *   decode: (stored) => JSON.parse(stored),
 * }
 * ```
 */
export interface Codec {
  /**
   * Returns the value to store: anything BSON can represent, but not `undefined` or `null`.
   * @param session a copy as plain data, which the codec may change
   * @param sid the session id, for a codec that binds the value to it
   */
  encode(session: SessionPayload, sid: string): unknown
  /**
   * Returns the session of a stored value: an object with a `cookie`.
   * @param stored the result of `encode`, or what another program stored; binary data is a Buffer
   */
  decode(stored: unknown, sid: string): unknown
}

/** Plain BSON, like connect-mongodb-session. Also reads connect-mongo's JSON strings. */
export const plainCodec: Codec = {
  encode: (session) => session,
  decode: (stored) => (typeof stored === 'string' ? parsed(stored) : stored),
}

/** @internal */
export function encryptedCodec(encryption: Encryption, bson: Bson): Codec {
  return {
    encode: (session, sid) => encryption.seal(bson.serialize(session), sid),
    decode(stored, sid) {
      const payload = bytesOf(stored)
      if (payload) return bson.deserialize(encryption.open(payload, sid))
      // Throws for text that is not JSON, which another store may have encrypted
      const plain = plainCodec.decode(stored, sid)
      if (encryption.allowPlaintext) return plain
      throw new MongoDBStoreError(
        'ERR_MONGODB_STORE_NOT_ENCRYPTED',
        'the stored `session` is not encrypted; to read sessions from before `encryption` was turned on, ' +
          'set `encryption.allowPlaintext`',
      )
    },
  }
}

/** Depending on the app's settings, bytes are a Buffer or the driver's Binary. */
function bytesOf(stored: unknown): Buffer | undefined {
  if (types.isUint8Array(stored)) {
    return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  }
  const { _bsontype, buffer, position } = stored as { [key in string]?: unknown }
  return _bsontype === 'Binary' ? bytesOf(buffer)?.subarray(0, position as number) : undefined
}

/** The decoded value as a session. @throws MongoDBStoreError `ERR_MONGODB_STORE_RECORD` */
export function sessionFrom(decoded: unknown): SessionPayload {
  // No array either, and no value of a BSON type: a date, an ObjectId
  if (isPlainObject(decoded)) return decoded
  const isBytes = types.isUint8Array(decoded)
  const what = isBytes ? 'bytes (encrypted, for the option `encryption`?)' : 'not an object'
  throw notASession(`the stored \`session\` is ${what}`)
}

function parsed(json: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw notASession('the stored `session` is not JSON (encrypted by another store?)', cause)
  }
  // connect-mongo's option `crypto` stores the result of kruptein: `{ hmac, ct, at, … }` as JSON
  if (typeof value !== 'object' || value === null || 'cookie' in value || !('ct' in value)) {
    return value
  }
  throw notASession(
    'the stored `session` was encrypted by connect-mongo, and only connect-mongo can read it: ' +
      "see the package's docs/migration.md",
  )
}

export function notASession(why: string, cause?: unknown): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_RECORD', why, cause)
}
