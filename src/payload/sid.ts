/** Checks session ids. */
import { MongoDBStoreError } from '../errors'

const HALF_A_PAIR = /\p{Surrogate}/u

/** MongoDB's limit for a document, less the rest of a record or of a command. */
const MAX_BYTES = 16 * 1024 * 1024 - 1024

/**
 * Whether UTF-8 can encode the text. Half of a surrogate pair cannot be encoded: it is stored as U+FFFD,
 * so that two different texts become the same.
 */
export function isWellFormed(text: string): boolean {
  return !HALF_A_PAIR.test(text)
}

/**
 * Anything else could reach the query as an operator, or match the record of another session.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`
 */
export function assertSid(sid: unknown): void {
  if (typeof sid !== 'string' || sid === '') {
    const given = sid === '' ? 'an empty string' : sid === null ? 'null' : `of type ${typeof sid}`
    throw invalidSid(`a session id must be a non-empty string; it is ${given}`)
  }
  if (sid.length > MAX_BYTES / 3 && Buffer.byteLength(sid) > MAX_BYTES) {
    throw invalidSid('a session id must be shorter than 16 MiB, so that a record has room for it')
  }
  if (!isWellFormed(sid)) {
    throw invalidSid('a session id must be well-formed text; it holds half of a surrogate pair')
  }
}

function invalidSid(why: string): MongoDBStoreError {
  return new MongoDBStoreError('ERR_MONGODB_STORE_SID', why)
}
