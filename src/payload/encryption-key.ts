/** What a secret is turned into: a cipher, a name that gives nothing away, and marks of session ids. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Xaes256Gcm } from './xaes'

export const KEY_ID_BYTES = 8
export const MARK_BYTES = 8

const SALT = 'express-mongoose-session'

/** @internal */
export class EncryptionKey {
  /** Names the secret in what is stored. */
  readonly id: Buffer
  readonly cipher: Xaes256Gcm
  readonly #marking: KeyObject

  constructor(secret: Uint8Array) {
    // Each for one purpose: none of them tells anything of another
    this.id = derived(secret, 'v1 key id', KEY_ID_BYTES)
    this.cipher = new Xaes256Gcm(derived(secret, 'v1 encryption', 32))
    this.#marking = createSecretKey(derived(secret, 'v1 session id', 32))
  }

  /** What of a session id stands in the payload: enough to tell another one. */
  markOf(sid: string): Buffer {
    return createHmac('sha256', this.#marking).update(sid).digest().subarray(0, MARK_BYTES)
  }
}

function derived(secret: Uint8Array, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, SALT, purpose, bytes))
}
