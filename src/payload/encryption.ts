/** Encrypts sessions at rest. docs/encryption.md describes the format. */
import * as crypto from 'node:crypto'
import { MongoDBStoreError } from '../errors'

/**
 * The option `encryption`: stores sessions encrypted with AES-256-GCM, which adds 65 bytes to each.
 * @example
 * ```js
 * new MongoDBStore({ encryption: { secrets: [fresh, old] } })
 * ```
 * @public
 */
export interface EncryptionOptions {
  /**
   * At least 32 characters of random text, or as many random bytes: `openssl rand -base64 32` prints some. The
   * first secret encrypts, and all of them decrypt: to rotate, put a new one in front.
   */
  secrets: string | Uint8Array | readonly (string | Uint8Array)[]
  /**
   * Whether to read unencrypted sessions, too; their next write encrypts them. Only for the time after turning
   * encryption on, since anyone who can write to the collection can forge sessions. @default false
   */
  allowPlaintext?: boolean | undefined
}

const VERSION = Buffer.of(1)
const SALT_BYTES = 32
const HEADER_BYTES = 1 + SALT_BYTES + 16
const TAG_BYTES = 16
const INFO = 'express-mongoose-session v1'
const CIPHER = 'aes-256-gcm'

/** Encrypts the bytes of a session for its session id, and decrypts them. @internal */
export class Encryption {
  readonly allowPlaintext: boolean
  readonly #secrets: readonly crypto.KeyObject[]

  /** @param secrets at least one */
  constructor(secrets: readonly Uint8Array[], allowPlaintext: boolean) {
    this.#secrets = secrets.map((secret) => crypto.createSecretKey(secret))
    this.allowPlaintext = allowPlaintext
  }

  seal(plaintext: Uint8Array, sid: string): Buffer {
    const salt = crypto.randomBytes(SALT_BYTES)
    const { key, iv, commitment } = derived(this.#secrets[0]!, salt)
    const header = Buffer.concat([VERSION, salt, commitment])
    const cipher = crypto.createCipheriv(CIPHER, key, iv).setAAD(additionalData(header, sid))
    return Buffer.concat([header, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  /** @throws MongoDBStoreError `…_ENCRYPTION_SECRET` if no secret fits, or `…_ENCRYPTION_TAMPERED` */
  open(payload: Buffer, sid: string): Buffer {
    const header = payload.subarray(0, HEADER_BYTES)
    if (header[0] !== VERSION[0] || payload.length < HEADER_BYTES + TAG_BYTES) throw tampered()
    const salt = header.subarray(1, 1 + SALT_BYTES)
    for (const secret of this.#secrets) {
      const { key, iv, commitment } = derived(secret, salt)
      if (!commitment.equals(header.subarray(1 + SALT_BYTES))) continue
      const decipher = crypto.createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(additionalData(header, sid)).setAuthTag(payload.subarray(-TAG_BYTES))
      const plaintext = decipher.update(payload.subarray(HEADER_BYTES, -TAG_BYTES))
      try {
        return Buffer.concat([plaintext, decipher.final()])
      } catch {
        throw tampered() // the tag does not match
      }
    }
    throw unreadable('SECRET', "none of the store's secrets encrypted it")
  }
}

/** A key for this record alone; the commitment tells which secret it comes from. */
function derived(secret: crypto.KeyObject, salt: Buffer) {
  const bytes = Buffer.from(crypto.hkdfSync('sha256', secret, salt, INFO, 60))
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32, 44), commitment: bytes.subarray(44) }
}

/** Unambiguous, since all headers have the same length. */
function additionalData(header: Buffer, sid: string): Buffer {
  return Buffer.concat([header, Buffer.from(sid)])
}

function tampered(): MongoDBStoreError {
  return unreadable('TAMPERED', 'it is not what was stored under this session id')
}

function unreadable(fault: 'TAMPERED' | 'SECRET', why: string): MongoDBStoreError {
  const message = `the stored \`session\` cannot be decrypted: ${why}`
  return new MongoDBStoreError(`ERR_MONGODB_STORE_ENCRYPTION_${fault}`, message)
}
