/** AES-256-GCM with a nonce of 192 bits: XAES-256-GCM, https://c2sp.org/XAES-256-GCM. */
import { type Cipher, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export const NONCE_BYTES = 24
export const TAG_BYTES = 16

const HALF_A_NONCE = NONCE_BYTES / 2
const BLOCK_BYTES = 16

/**
 * AES-GCM's own nonces have 96 bits: drawn at random, they may repeat after some 2^32 messages under
 * one key, and one that repeats gives the messages away. Here the first half of the nonce makes a key
 * for this message alone, and the second half is AES-GCM's nonce under it: 2^80 messages under one
 * secret have the same risk. It needs no counter that would have to outlive a restart, or to be
 * shared by processes.
 */
export function newNonce(): Buffer {
  return randomBytes(NONCE_BYTES)
}

/** One key, for any number of messages. */
export class Xaes256Gcm {
  /** ECB keeps nothing from one block to the next: one cipher does for all. */
  readonly #aes: Cipher
  /** CMAC's K1, as often as there are blocks. */
  readonly #mask: Buffer

  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    const subkey = doubled(this.#aes.update(Buffer.alloc(BLOCK_BYTES)))
    this.#mask = Buffer.concat([subkey, subkey])
  }

  /** The ciphertext, and behind it the tag. */
  seal(nonce: Buffer, plaintext: Uint8Array, additional: Uint8Array): Buffer {
    const [key, iv] = this.#derive(nonce)
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(additional)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  /** The plaintext; undefined where anything differs from what was sealed. */
  open(nonce: Buffer, sealed: Buffer, additional: Uint8Array): Buffer | undefined {
    const [key, iv] = this.#derive(nonce)
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(additional)
    cipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const plaintext = cipher.update(sealed.subarray(0, -TAG_BYTES))
    try {
      return Buffer.concat([plaintext, cipher.final()])
    } catch {
      return undefined // the tag does not fit
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

/** The block as a number, doubled in GF(2^128). */
function doubled(block: Buffer): Buffer {
  const shifted = Buffer.alloc(BLOCK_BYTES)
  for (const [i, byte] of block.entries()) shifted[i] = (byte << 1) | ((block[i + 1] ?? 0) >> 7)
  if (block[0]! & 0x80) shifted[BLOCK_BYTES - 1]! ^= 0x87
  return shifted
}
