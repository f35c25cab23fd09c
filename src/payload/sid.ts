/** Checks session ids. */
import { MongoDBStoreError } from '../errors'

/**
 * Anything but a non-empty string could reach the query as an operator, or match another session.
 * Half of a surrogate pair would be stored as U+FFFD, so that two session ids become the same.
 */
export function assertSid(sid: unknown): void {
  if (typeof sid === 'string' && sid !== '' && sid.isWellFormed()) return
  const isText = typeof sid === 'string' && sid !== ''
  const given = isText ? 'not well-formed' : sid === '' ? 'empty' : `of type ${typeof sid}`
  const message = `a session id must be a non-empty string of well-formed text; it is ${given}`
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SID', message)
}
