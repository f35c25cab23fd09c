/** The keys derived from a secret: for the cipher, for the secret's public id, and for marks of session ids. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Xaes256Gcm } from './xaes'

export const KEY_ID_BYTES = 8
export const MARK_BYTES = 8

const SALT = 'express-mongoose-session'

/** @internal */
export class EncryptionKey {
  /** Stored with each session, to find the secret that encrypted it. */
  readonly id: Buffer
  readonly cipher: Xaes256Gcm
  readonly #markKey: KeyObject

  constructor(secret: Uint8Array) {
    // One key for each purpose: none of them reveals another
    this.id = derive(secret, 'v1 key id', KEY_ID_BYTES)
    this.cipher = new Xaes256Gcm(derive(secret, 'v1 encryption', 32))
    this.#markKey = createSecretKey(derive(secret, 'v1 session id', 32))
  }

  /** A keyed hash of the session id, stored with the session: it shows whether the id is another one. */
  markOf(sid: string): Buffer {
    return createHmac('sha256', this.#markKey).update(sid).digest().subarray(0, MARK_BYTES)
  }
}

function derive(secret: Uint8Array, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, SALT, purpose, bytes))
}
