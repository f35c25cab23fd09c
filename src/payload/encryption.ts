/** Encrypts sessions at rest. docs/encryption.md describes the format. */
import { types } from 'node:util'
import { MongoDBStoreError, type MongoDBStoreErrorCode } from '../errors'
import { type Codec, plainCodec, type SessionPayload } from './codec'
import { EncryptionKey, KEY_ID_BYTES, MARK_BYTES } from './encryption-key'
import { NONCE_BYTES, newNonce, TAG_BYTES } from './xaes'

/**
 * The option `encryption`: sessions are stored encrypted with AES-256-GCM. That adds 57 bytes a session.
 *
 * @example
 * ```js
 * new MongoDBStore({ encryption: { secrets: [fresh, old] } })
 * ```
 * @public
 */
export interface EncryptionOptions {
  /**
   * Random text of at least 32 characters, or as many random bytes; `openssl rand -base64 32` makes one.
   * The first secret encrypts, and all of them decrypt: put a new one in front to rotate.
   */
  secrets: string | Uint8Array | readonly (string | Uint8Array)[]
  /**
   * Whether sessions that are stored unencrypted are read; the next write encrypts them. Set it only for
   * the time after encryption was turned on: meanwhile, anyone who can write to the collection can make
   * up sessions.
   * @default false
   */
  allowPlaintext?: boolean | undefined
}

const VERSION = 1
const KEY_ID_AT = 1
const MARK_AT = KEY_ID_AT + KEY_ID_BYTES
const NONCE_AT = MARK_AT + MARK_BYTES
const HEADER_BYTES = NONCE_AT + NONCE_BYTES

/**
 * Encrypts the bytes of a session for its session id, and decrypts them.
 * @internal
 */
export class Encryption {
  readonly allowPlaintext: boolean
  readonly #keys: readonly EncryptionKey[]

  /** @param secrets at least one */
  constructor(secrets: readonly Uint8Array[], allowPlaintext: boolean) {
    this.#keys = secrets.map((secret) => new EncryptionKey(secret))
    this.allowPlaintext = allowPlaintext
  }

  seal(plaintext: Uint8Array, sid: string): Buffer {
    const key = this.#keys[0]!
    const nonce = newNonce()
    const header = headerOf(key, sid, nonce)
    return Buffer.concat([header, key.cipher.seal(nonce, plaintext, additionalData(header, sid))])
  }

  /** @throws MongoDBStoreError with a code for each known cause */
  open(payload: Buffer, sid: string): Buffer {
    if (payload.length < HEADER_BYTES + TAG_BYTES) throw tampered('it is cut short')
    const header = payload.subarray(0, HEADER_BYTES)
    const id = header.subarray(KEY_ID_AT, MARK_AT)
    const key = this.#keys.find((each) => each.id.equals(id))
    const plaintext = key && header[0] === VERSION && unsealed(key, header, payload, sid)
    if (plaintext) return plaintext
    throw this.#diagnosis(header, key, payload, sid)
  }

  /** Whether the payload has the format and the secret that `seal` uses now. */
  isCurrent(payload: Buffer): boolean {
    return payload[0] === VERSION && payload.subarray(KEY_ID_AT, MARK_AT).equals(this.#keys[0]!.id)
  }

  #diagnosis(
    header: Buffer,
    key: EncryptionKey | undefined,
    payload: Buffer,
    sid: string,
  ): MongoDBStoreError {
    // If it opens with the right header, only the header was changed
    const nonce = header.subarray(NONCE_AT)
    for (const each of this.#keys) {
      if (unsealed(each, headerOf(each, sid, nonce), payload, sid)) {
        return tampered('its header was changed')
      }
    }
    if (header[0] !== VERSION) {
      return unreadable(
        'VERSION',
        `it has the format ${header[0]}, which this version of the store does not know`,
      )
    }
    if (!key) {
      return unreadable('SECRET', 'it was encrypted with none of the secrets that the store has')
    }
    if (!key.markOf(sid).equals(header.subarray(MARK_AT, NONCE_AT))) {
      return unreadable('MOVED', 'it was encrypted for another session id')
    }
    return tampered('it was changed after it was encrypted')
  }
}

/** Serializes a session as BSON, so that types are kept: by the driver of the model's Mongoose. */
export interface Bson {
  serialize(session: SessionPayload): Uint8Array
  deserialize(bytes: Uint8Array): unknown
}

/** @internal */
export class EncryptedCodec implements Codec {
  readonly #encryption: Encryption
  readonly #bson: Bson

  constructor(encryption: Encryption, bson: Bson) {
    this.#encryption = encryption
    this.#bson = bson
  }

  encode(session: SessionPayload, sid: string): Buffer {
    return this.#encryption.seal(this.#bson.serialize(session), sid)
  }

  decode(stored: unknown, sid: string): unknown {
    const payload = bytesOf(stored)
    if (payload) return this.#bson.deserialize(this.#encryption.open(payload, sid))
    if (this.#encryption.allowPlaintext) return plainCodec.decode(stored, sid)
    throw new MongoDBStoreError(
      'ERR_MONGODB_STORE_NOT_ENCRYPTED',
      'the stored `session` is not encrypted; is it from before `encryption` was set? ' +
        'Then `encryption.allowPlaintext` reads it',
    )
  }

  /** Whether the session is encrypted with the first secret, as `encode` would store it now. */
  isCurrent(stored: unknown): boolean {
    const payload = bytesOf(stored)
    return payload !== undefined && this.#encryption.isCurrent(payload)
  }
}

function headerOf(key: EncryptionKey, sid: string, nonce: Buffer): Buffer {
  return Buffer.concat([Buffer.of(VERSION), key.id, key.markOf(sid), nonce])
}

/** Unambiguous, since every header has the same length. */
function additionalData(header: Buffer, sid: string): Buffer {
  return Buffer.concat([header, Buffer.from(sid)])
}

function unsealed(
  key: EncryptionKey,
  header: Buffer,
  payload: Buffer,
  sid: string,
): Buffer | undefined {
  const sealed = payload.subarray(HEADER_BYTES)
  return key.cipher.open(header.subarray(NONCE_AT), sealed, additionalData(header, sid))
}

/** Bytes come as a Buffer, or as the driver's Binary, by the app's settings. */
function bytesOf(stored: unknown): Buffer | undefined {
  if (types.isUint8Array(stored)) {
    return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  }
  const { _bsontype, buffer, position } = stored as {
    _bsontype?: unknown
    buffer?: unknown
    position?: unknown
  }
  if (_bsontype !== 'Binary' || typeof position !== 'number') return undefined
  return bytesOf(buffer)?.subarray(0, position)
}

function tampered(how: string): MongoDBStoreError {
  return unreadable('TAMPERED', `it is not what was stored: ${how}`)
}

type Fault = 'TAMPERED' | 'MOVED' | 'SECRET' | 'VERSION'

function unreadable(fault: Fault, why: string): MongoDBStoreError {
  const code = `ERR_MONGODB_STORE_ENCRYPTION_${fault}` satisfies MongoDBStoreErrorCode
  return new MongoDBStoreError(code, `the stored \`session\` cannot be decrypted: ${why}`)
}
