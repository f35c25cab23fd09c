/** A server that refuses a path through a text with the same error code as MongoDB. */
import { faultyProxy } from './faulty-proxy'
import { closedLater, serverHas, uri } from './server'

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const PATH_NOT_VIABLE = 28
/** What jongodb answers instead. */
const TYPE_MISMATCH = 14

/**
 * If `a` is a text, MongoDB refuses `{ $set: { 'a.b': 1 } }` with code 28. A server that refuses it with
 * another code gets a proxy, which replaces only the code.
 */
export async function uriWithPathErrors(): Promise<string> {
  if (serverHas('pathNotViable')) return uri
  const proxy = closedLater(await faultyProxy())
  proxy.replacedCodes[TYPE_MISMATCH] = PATH_NOT_VIABLE
  return proxy.uri
}
