/** Advice for errors of the server or the driver whose name alone does not say what to do. */

const NO_RETRYABLE_WRITES =
  'the server takes no retryable writes (a standalone, or one that is not MongoDB itself): ' +
  'set `retryWrites=false` in the connection string'

const KEYS = {
  dollar: 'MongoDB before 5.0 takes no key that begins with `$`',
  reference:
    'MongoDB before 5.0 takes no key that begins with `$`: `$ref`, `$id` and `$db` neither',
  dot: 'the server takes no key with a `.`',
}

/** Keyed by server error code (mongodb/mongo: src/mongo/base/error_codes.yml; 301 is Amazon DocumentDB's). */
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

/** The driver's error for a BSON value, such as an ObjectId, made by another major version of BSON. */
export const OTHER_BSON = 'BSONVersionError'

export const ADVICE_ON_OTHER_BSON =
  'an ObjectId, or another type of BSON, of another version of Mongoose than the store has; ' +
  'install one version, or store its text'
