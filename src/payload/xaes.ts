/** AES-256-GCM with a nonce of 192 bits: XAES-256-GCM, https://c2sp.org/XAES-256-GCM. */
import { type Cipher, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export const NONCE_BYTES = 24
export const TAG_BYTES = 16

const HALF_A_NONCE = NONCE_BYTES / 2
const BLOCK_BYTES = 16

/**
 * A random nonce of 192 bits. AES-GCM's own nonces have 96 bits: random ones may repeat after some 2^32
 * messages under one key, and a repeated nonce reveals the messages. Here the first half of the nonce
 * derives a key for this message alone, and the second half is AES-GCM's nonce under that key. The same
 * risk is reached after 2^80 messages under one secret. A counter would have to survive restarts, and
 * to be shared by processes.
 */
export function newNonce(): Buffer {
  return randomBytes(NONCE_BYTES)
}

/** Encrypts and decrypts any number of messages with one key. */
export class Xaes256Gcm {
  /** One cipher for all messages: ECB keeps no state between blocks. */
  readonly #aes: Cipher
  /** CMAC's K1, once for each of the two blocks. */
  readonly #mask: Buffer

  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    const subkey = doubled(this.#aes.update(Buffer.alloc(BLOCK_BYTES)))
    this.#mask = Buffer.concat([subkey, subkey])
  }

  /** @returns the ciphertext followed by the tag */
  seal(nonce: Buffer, plaintext: Uint8Array, additional: Uint8Array): Buffer {
    const [key, iv] = this.#derive(nonce)
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(additional)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  /** @returns the plaintext; undefined if the nonce, the text or the additional data were changed */
  open(nonce: Buffer, sealed: Buffer, additional: Uint8Array): Buffer | undefined {
    const [key, iv] = this.#derive(nonce)
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(additional)
    cipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const plaintext = cipher.update(sealed.subarray(0, -TAG_BYTES))
    try {
      return Buffer.concat([plaintext, cipher.final()])
    } catch {
      return undefined // the tag does not match
    }
  }

  #derive(nonce: Buffer): [key: Buffer, iv: Buffer] {
    const blocks = Buffer.alloc(2 * BLOCK_BYTES)
    for (const counter of [1, 2]) {
      const at = (counter - 1) * BLOCK_BYTES
      blocks.set([0, counter, 0x58, 0], at)
      nonce.copy(blocks, at + 4, 0, HALF_A_NONCE)
    }
    for (const [i, byte] of this.#mask.entries()) blocks[i] = blocks[i]! ^ byte
    return [this.#aes.update(blocks), nonce.subarray(HALF_A_NONCE)]
  }
}

/** Doubles the block, taken as a number, in GF(2^128). */
function doubled(block: Buffer): Buffer {
  const shifted = Buffer.alloc(BLOCK_BYTES)
  for (const [i, byte] of block.entries()) shifted[i] = (byte << 1) | ((block[i + 1] ?? 0) >> 7)
  if (block[0]! & 0x80) shifted[BLOCK_BYTES - 1]! ^= 0x87
  return shifted
}
