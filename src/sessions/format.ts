/** Encodes and decodes sessions: plain, with a codec, or encrypted. */
import { MongoDBStoreError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'
import type { Bson } from '../payload/bson'
import { type Codec, encryptedCodec, notASession, plainCodec, sessionFrom } from '../payload/codec'
import { syncCookieExpiry } from '../payload/cookie'
import type { SessionPayload } from '../payload/payload'
import type { FoundRecord } from '../records/reads'

/** @internal */
export class SessionFormat {
  /** Whether the record holds the plain session, so that its keys can be written one by one. */
  readonly isPlain: boolean
  readonly #codec: Codec

  constructor({ codec, encryption }: ResolvedOptions, bson: Bson) {
    this.#codec = encryption ? encryptedCodec(encryption, bson) : codec
    this.isPlain = this.#codec === plainCodec
  }

  /** @returns a promise only if the codec returns one */
  encode(sid: string, payload: SessionPayload): unknown {
    if (this.isPlain) return payload
    const encoded = this.#codec.encode(payload, sid)
    return isThenable(encoded) ? encoded.then(assertEncoded) : assertEncoded(encoded)
  }

  /** @returns a promise only if the codec returns one */
  decode({ sid, session, expires }: FoundRecord): SessionPayload | Promise<SessionPayload> {
    if (session === undefined || session === null) throw notASession('the record has no `session`')
    let decoded: unknown
    try {
      decoded = this.#codec.decode(session, sid)
    } catch (cause) {
      throw undecodable(cause)
    }
    if (!isThenable(decoded)) return accepted(decoded, expires)
    return Promise.resolve(decoded).then(
      (value) => accepted(value, expires),
      (cause) => {
        throw undecodable(cause)
      },
    )
  }
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function accepted(decoded: unknown, expires: unknown): SessionPayload {
  const session = sessionFrom(decoded)
  syncCookieExpiry(session.cookie, expires)
  return session
}

function assertEncoded(encoded: unknown): unknown {
  if (encoded !== undefined && encoded !== null) return encoded
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', "the codec's `encode` returned nothing")
}

function undecodable(cause: unknown): unknown {
  if (cause instanceof MongoDBStoreError) return cause
  return notASession('the codec could not decode the record', cause)
}
