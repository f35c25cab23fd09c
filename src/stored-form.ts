/** The form in which a record holds a session: as it is, as a codec makes it, or encrypted. */
import { type Codec, notASession, plainCodec, type SessionPayload, sessionFrom } from './codec'
import { freshenCookie } from './cookie'
import { type Bson, EncryptedCodec } from './encryption'
import { MongoDBStoreError } from './errors'
import type { ResolvedOptions } from './resolved-options'

interface Stored {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
}

/** @internal */
export class StoredForm {
  /** Whether it is the session itself, whose keys can be written one by one. */
  readonly isPlain: boolean
  readonly #codec: Codec

  constructor({ codec, encryption }: ResolvedOptions, bson: Bson) {
    this.#codec = encryption ? new EncryptedCodec(encryption, bson) : codec
    this.isPlain = this.#codec === plainCodec
  }

  async encode(sid: string, payload: SessionPayload): Promise<unknown> {
    const encoded = await this.#codec.encode(payload, sid)
    if (encoded !== undefined && encoded !== null) return encoded
    throw new MongoDBStoreError('ERR_MONGODB_STORE_SESSION', "the codec's `encode` gave nothing")
  }

  /** A promise only where the codec gives one. */
  decode({ sid, session, expires }: Stored): SessionPayload | Promise<SessionPayload> {
    if (session === undefined || session === null) throw notASession('the record has no `session`')
    const accept = (decoded: unknown) => {
      const accepted = sessionFrom(decoded)
      freshenCookie(accepted.cookie, expires)
      return accepted
    }
    const decoded = attempt(() => this.#codec.decode(session, sid))
    return isPromise(decoded) ? decoded.catch(undecodable).then(accept) : accept(decoded)
  }

  /** Whether it should be encrypted anew: another secret than the first has encrypted it, or none. */
  isOutdated(session: unknown): boolean {
    return this.#codec instanceof EncryptedCodec && !this.#codec.isCurrent(session)
  }
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise
}

function attempt(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (cause) {
    return undecodable(cause)
  }
}

function undecodable(cause: unknown): never {
  if (cause instanceof MongoDBStoreError) throw cause
  throw notASession('the codec could not decode the record', cause)
}
