/** Encodes and decodes a session for its record: plain, by a codec, or encrypted. */

import { withTimeout } from '../connection/time-limit'
import { MongoDBStoreError, NoAnswerError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'
import {
  type Bson,
  type Codec,
  encryptedCodec,
  notASession,
  plainCodec,
  type SessionPayload,
  sessionFrom,
} from '../payload/codec'
import { syncCookieExpiry } from '../payload/cookie'

/** An encoded session; a codec may take a while. */
export interface Encoded {
  /** The encoded session; undefined until it is ready. */
  readonly now: () => unknown
  readonly later: Promise<unknown>
}

interface Stored {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
}

/** @internal */
export class SessionFormat {
  /** Whether the record holds the session itself, so that its keys can be written one by one. */
  readonly isPlain: boolean
  readonly #codec: Codec
  /** How long a codec may take, in milliseconds. */
  readonly #limit: () => number

  constructor({ codec, encryption }: ResolvedOptions, bson: Bson, limit: () => number) {
    this.#limit = limit
    this.#codec = encryption ? encryptedCodec(encryption, bson) : codec
    this.isPlain = this.#codec === plainCodec
  }

  encode(sid: string, payload: SessionPayload): Encoded {
    if (this.isPlain) return encodedAs(payload)
    const checked = (encoded: unknown) => {
      if (encoded === undefined || encoded === null) {
        throw new MongoDBStoreError(
          'ERR_MONGODB_STORE_SESSION',
          "the codec's `encode` gave nothing",
        )
      }
      return encoded
    }
    try {
      const encoded = this.#codec.encode(payload, sid)
      if (isThenable(encoded)) return encodedLater(this.#inTime(encoded, 'encode').then(checked))
      return encodedAs(checked(encoded))
    } catch (cause) {
      return encodedLater(Promise.reject(cause))
    }
  }

  /** @returns a promise only if the codec returns one */
  decode({ sid, session, expires }: Stored): SessionPayload | Promise<SessionPayload> {
    if (session === undefined || session === null) throw notASession('the record has no `session`')
    const accept = (decoded: unknown) => {
      const accepted = sessionFrom(decoded)
      syncCookieExpiry(accepted.cookie, expires)
      return accepted
    }
    const decoded = attempt(() => this.#codec.decode(session, sid))
    if (!isPromise(decoded)) return accept(decoded)
    return this.#inTime(decoded, 'decode').catch(undecodable).then(accept)
  }

  #inTime<T>(work: PromiseLike<T>, name: string): Promise<T> {
    const limit = this.#limit()
    const noAnswer = () => new NoAnswerError(limit, `the codec's \`${name}\` has not ended`)
    return withTimeout(limit, Promise.resolve(work), noAnswer)
  }

  isOutdated(_session: unknown): boolean {
    return false
  }
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function encodedAs(encoded: unknown): Encoded {
  return {
    now: () => encoded,
    get later() {
      return Promise.resolve(encoded)
    },
  }
}

function encodedLater(later: Promise<unknown>): Encoded {
  let encoded: unknown
  later.then(
    (value) => {
      encoded = value
    },
    () => {}, // the one who awaits `later` gets the error
  )
  return { now: () => encoded, later }
}

function attempt(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (cause) {
    return undecodable(cause)
  }
}

function undecodable(cause: unknown): never {
  if (cause instanceof MongoDBStoreError || cause instanceof NoAnswerError) throw cause
  throw notASession('the codec could not decode the record', cause)
}
