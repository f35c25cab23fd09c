/** Checks the uri and the connection options with the driver, before a connection is opened. */
import mongoose, { type ConnectOptions, type mongo } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import { LONGEST_TIMER } from '../longest-timer'
import { hasNoEffect, likelyConnectionOption } from './suggestion'

/** Mongoose's own options, which it does not pass to the driver. */
const MONGOOSE_OPTIONS = {
  bufferCommands: true,
  bufferTimeoutMS: true,
  autoIndex: true,
  autoCreate: true,
  autoSearchIndex: true,
  sanitizeFilter: true,
  config: true,
  dbName: true,
  user: true,
  pass: true,
} as const satisfies Record<Exclude<keyof ConnectOptions, keyof mongo.MongoClientOptions>, true> &
  Record<string, true>

const ANY_URI = 'mongodb://localhost'
const UNKNOWN_OPTION = 'nosuchoption'
/** In characters: a shorter value is no secret, and may be part of any word. */
const MIN_SECRET_LENGTH = 4

type Options = Readonly<Record<string, unknown>>

/** Whether Mongoose or the driver has the option: the driver's error for an unknown one is known. */
export function isConnectionOption(name: string): boolean {
  if (Object.hasOwn(MONGOOSE_OPTIONS, name)) return true
  const error = driverErrorFor(ANY_URI, { [name]: 1 })?.toLowerCase()
  const ifUnknown = driverErrorFor(ANY_URI, { [UNKNOWN_OPTION]: 1 })?.toLowerCase()
  return error === undefined || error !== ifUnknown?.replace(UNKNOWN_OPTION, name.toLowerCase())
}

/**
 * The options without those that have no effect any more, about which it warns.
 * @throws TypeError for a connection string or options that the driver would refuse
 */
export function acceptedOptions(
  uri: string,
  given: ConnectOptions,
  warn: (warning: MongoDBStoreError) => void,
): ConnectOptions {
  checkConnectionString(uri)
  const entries = Object.entries(given)
  const accepted: Record<string, unknown> = Object.fromEntries(
    entries.filter(([name]) => !hasNoEffect(name)),
  )
  const complete = checkedOptions(uri, accepted)
  // Those of the connection string, too: the driver prefers an option
  for (const [name, value] of Object.entries({ ...accepted, ...complete })) {
    if (isTooLong(name, value)) accepted[name] = LONGEST_TIMER
  }
  const leftOut = Object.keys(given).filter(hasNoEffect)
  if (leftOut.length > 0) warn(leftOutWarning(leftOut))
  return accepted
}

/** Whether it is a time for which Node has no timer. The driver sets its timers as they are given. */
function isTooLong(name: string, value: unknown): boolean {
  return name.endsWith('MS') && typeof value === 'number' && value > LONGEST_TIMER
}

function checkConnectionString(uri: string): void {
  const error = driverErrorFor(uri, {})
  if (error === undefined) return
  // The message and the `cause` must not quote the uri, which may hold the password
  const why = quotes(error, partsOf(uri)) ? 'its user, password or hosts are malformed' : error
  throw new TypeError(`the option \`uri\` cannot be parsed: ${why}`)
}

/** The driver's options, with those of the connection string and its defaults. */
function checkedOptions(uri: string, options: Options): Options {
  const { complete, error } = parsedByDriver(uri, driverOptions(options))
  if (error === undefined) return complete
  const names = Object.keys(options)
  const unknown = names.filter((name) => options[name] != null && !isConnectionOption(name))
  if (unknown.length > 0) throw unknownOptions(unknown)
  const values = Object.values(options).flatMap((value) =>
    typeof value === 'object' && value !== null ? Object.values(value) : [value],
  )
  const secrets = [...values.filter(isLong), ...partsOf(uri)]
  const why = quotes(error, secrets) ? '' : `: ${error}`
  const wrong = names.find((name) =>
    driverErrorFor(ANY_URI, driverOptions({ [name]: options[name] })),
  )
  throw new TypeError(
    wrong === undefined
      ? `the options \`uri\` and \`connectionOptions\` do not go together${why}`
      : `the option \`connectionOptions.${wrong}\` has a value that the driver does not take${why}`,
  )
}

/** The options that Mongoose passes to the driver. */
function driverOptions(options: Options): Options {
  const entries = Object.entries(options).filter(([name]) => !Object.hasOwn(MONGOOSE_OPTIONS, name))
  const { user, pass } = options
  const auth = user || pass ? { auth: { username: user, password: pass } } : {}
  return { ...Object.fromEntries(entries), ...auth }
}

/** The message of the driver's error, if it refuses them. */
function driverErrorFor(uri: string, options: Options): string | undefined {
  return parsedByDriver(uri, options).error
}

type Parsed = { complete: Options; error?: undefined } | { complete?: undefined; error: string }

/** The complete options, or the message of the error: `new MongoClient` parses, and opens nothing. */
function parsedByDriver(uri: string, options: Options): Parsed {
  try {
    return { complete: { ...new mongoose.mongo.MongoClient(uri, { ...options }).options } }
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'the driver does not take it' }
  }
}

/** User, password and hosts. */
function partsOf(uri: string): string[] {
  const authority = /\/\/([^/?]*)/.exec(uri)?.[1] ?? ''
  return authority.split(/[:@,]/)
}

function quotes(message: string, parts: readonly string[]): boolean {
  return parts.some((part) => part !== '' && message.includes(part))
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length >= MIN_SECRET_LENGTH
}

function unknownOptions(names: readonly string[]): TypeError {
  const ofDriver = Object.keys(new mongoose.mongo.MongoClient(ANY_URI).options)
  const known = [...ofDriver, ...Object.keys(MONGOOSE_OPTIONS)]
  const lines = names.map((name) => {
    const likely = likelyConnectionOption(name, known)
    return `\`connectionOptions.${name}\`${likely === undefined ? '' : `: ${likely}`}`
  })
  return new TypeError(`neither Mongoose nor the driver knows ${lines.join('\n  and ')}`)
}

function leftOutWarning(names: readonly string[]): MongoDBStoreError {
  const options = names.map((name) => `\`${name}\``).join(' and ')
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECTION_OPTIONS',
    `\`connectionOptions\` without ${options}: no driver since 4.0 looks at it, and newer ones ` +
      'refuse it. Take it out',
  )
}
