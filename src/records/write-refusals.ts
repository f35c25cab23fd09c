/** What the server refuses, by its codes, and in the store's words. */
import { serverCodeOf } from '../errors'
import { notStorable, refusedByBson, tooLarge } from '../payload/payload'

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** Over 16 MiB: the command, the result of an update, and the result of an upsert. */
const TOO_LARGE = [10334, 17419, 17420]

/** Whether the stored `session` is no object, and has no keys to write to. */
export function isPathRefusal(error: unknown): boolean {
  return serverCodeOf(error) === PATH_NOT_VIABLE
}

/** Whether another insert of the same session id came first. */
export function isLostInsert(error: unknown): boolean {
  return serverCodeOf(error) === DUPLICATE_KEY
}

/** The store's own error for a refusal, if it has one. */
export function refusalOf(error: unknown): unknown {
  if (TOO_LARGE.includes(serverCodeOf(error) ?? 0)) return tooLarge(error)
  return refusedByBson(error) ?? refusedByValidator(error) ?? error
}

/** Names only the paths: a validator's message can quote the value. */
function refusedByValidator(error: unknown): unknown {
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: object }
  if (!(error instanceof Error) || name !== 'ValidationError' || !errors) return undefined
  const paths = Object.keys(errors).map((path) => `\`${path}\``)
  return notStorable(`the model's validators refuse ${paths.join(', ')}`, error)
}
