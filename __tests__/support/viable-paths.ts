/** A server that says of a path through a text what MongoDB says. */
import { faultyProxy } from './faulty-proxy'
import { closedLater, serverHas, uri } from './server'

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const PATH_NOT_VIABLE = 28
/** What jongodb has in its place. */
const TYPE_MISMATCH = 14

/**
 * The run's server where it refuses `{ $set: { 'a.b': 1 } }`, `a` being a text, with code 28; else it
 * again, behind a proxy that puts 28 where it should stand. What it refuses, it refuses by itself.
 */
export async function uriOfViablePaths(): Promise<string> {
  if (serverHas('pathNotViable')) return uri
  const proxy = closedLater(await faultyProxy())
  proxy.codes[TYPE_MISMATCH] = PATH_NOT_VIABLE
  return proxy.uri
}
