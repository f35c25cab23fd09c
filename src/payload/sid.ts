/** Checks session ids. */
import { MongoDBStoreError } from '../errors'

/**
 * Anything but a non-empty string could reach the query as an operator, or match the record of another
 * session. Half of a surrogate pair would be stored as U+FFFD, so that two session ids become the same.
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_SID`
 */
export function assertSid(sid: unknown): void {
  const isText = typeof sid === 'string'
  if (isText && sid !== '' && sid.isWellFormed()) return
  const text = sid === '' ? 'empty' : 'not well-formed'
  const given = isText ? text : sid === null ? 'null' : `of type ${typeof sid}`
  const message = `a session id must be a non-empty string of well-formed text; it is ${given}`
  throw new MongoDBStoreError('ERR_MONGODB_STORE_SID', message)
}
