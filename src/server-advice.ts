/** What helps against a refusal of the server's, or of the driver's, that its name alone does not tell. */

const NO_RETRYABLE_WRITES =
  'the server takes no retryable writes (a standalone, or one that is not MongoDB itself): ' +
  'set `retryWrites=false` in the connection string'

const KEYS = {
  dollar: 'MongoDB before 5.0 takes no key that begins with `$`',
  reference:
    'MongoDB before 5.0 takes no key that begins with `$`: `$ref`, `$id` and `$db` neither',
  dot: 'the server takes no key with a `.`',
}

/** By server error code (mongodb/mongo: src/mongo/base/error_codes.yml; 301 is Amazon DocumentDB's). */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [20, NO_RETRYABLE_WRITES],
  [301, NO_RETRYABLE_WRITES],
  [52, KEYS.dollar],
  [55, KEYS.reference],
  [57, KEYS.dot],
])

export function adviceOnCode(code: number): string | undefined {
  return ADVICE.get(code)
}

/** The driver's error for an ObjectId, or the like, that another major version of it has made. */
export const OTHER_BSON = 'BSONVersionError'

export const ADVICE_ON_OTHER_BSON =
  'an ObjectId, or another type of BSON, of another version of Mongoose than the store has; ' +
  'install one version, or store its text'
