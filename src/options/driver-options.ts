/** The store's own connection string and options, held up to the driver before anything is opened. */
import mongoose, { type ConnectOptions, type mongo } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import { likelyConnectionOption, saysNothing } from './suggestion'

/** What Mongoose takes for itself, and hands to no driver. */
const OF_MONGOOSE = {
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

const ANYWHERE = 'mongodb://localhost'
const NO_OPTION = 'nosuchoption'
/** In characters: shorter ones are no secret, and may be part of any word. */
const LONG_VALUE = 4

type Options = Readonly<Record<string, unknown>>

/** Whether Mongoose or the driver has it: the driver says of it what it says of none that does not exist. */
export function isConnectionOption(name: string): boolean {
  if (Object.hasOwn(OF_MONGOOSE, name)) return true
  const fault = faultOf(ANYWHERE, { [name]: 1 })?.toLowerCase()
  const ofNone = faultOf(ANYWHERE, { [NO_OPTION]: 1 })?.toLowerCase()
  return fault === undefined || fault !== ofNone?.replace(NO_OPTION, name.toLowerCase())
}

/**
 * The options, without those that say nothing any more.
 * @throws TypeError for a connection string or options that the driver would refuse
 */
export function acceptedOptions(
  uri: string,
  given: ConnectOptions,
  warn: (warning: MongoDBStoreError) => void,
): ConnectOptions {
  checkConnectionString(uri)
  const entries = Object.entries(given)
  const accepted = Object.fromEntries(entries.filter(([name]) => !saysNothing(name)))
  checkOptions(uri, accepted)
  const leftOut = Object.keys(given).filter(saysNothing)
  if (leftOut.length > 0) warn(relics(leftOut))
  return accepted
}

function checkConnectionString(uri: string): void {
  const fault = faultOf(uri, {})
  if (fault === undefined) return
  // Not its words where they quote the uri, nor the error as a `cause`: they may hold the password
  const why = quotes(fault, partsOf(uri)) ? 'its user, password or hosts are malformed' : fault
  throw new TypeError(`the option \`uri\` cannot be parsed: ${why}`)
}

function checkOptions(uri: string, options: Options): void {
  const ofDriver = driversOf(options)
  const fault = faultOf(uri, ofDriver)
  if (fault === undefined) return
  const names = Object.keys(options)
  const unknown = names.filter((name) => options[name] != null && !isConnectionOption(name))
  if (unknown.length > 0) throw unknownOptions(unknown)
  const values = Object.values(options).flatMap((value) =>
    typeof value === 'object' && value !== null ? Object.values(value) : [value],
  )
  const why = quotes(fault, [...values.filter(isLong), ...partsOf(uri)]) ? '' : `: ${fault}`
  const wrong = names.find((name) => faultOf(ANYWHERE, driversOf({ [name]: options[name] })))
  throw new TypeError(
    wrong === undefined
      ? `the options \`uri\` and \`connectionOptions\` do not go together${why}`
      : `the option \`connectionOptions.${wrong}\` has a value that the driver does not take${why}`,
  )
}

/** What Mongoose hands to the driver. */
function driversOf(options: Options): Options {
  const entries = Object.entries(options).filter(([name]) => !Object.hasOwn(OF_MONGOOSE, name))
  const { user, pass } = options
  const auth = user || pass ? { auth: { username: user, password: pass } } : {}
  return { ...Object.fromEntries(entries), ...auth }
}

/** What the driver says against it, if it does: `new MongoClient` parses and opens nothing. */
function faultOf(uri: string, options: Options): string | undefined {
  try {
    new mongoose.mongo.MongoClient(uri, { ...options })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'the driver does not take it'
  }
}

/** User, password and hosts. */
function partsOf(uri: string): string[] {
  const authority = /\/\/([^/?]*)/.exec(uri)?.[1] ?? ''
  return authority.split(/[:@,]/)
}

function quotes(fault: string, parts: readonly string[]): boolean {
  return parts.some((part) => part !== '' && fault.includes(part))
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length >= LONG_VALUE
}

function unknownOptions(names: readonly string[]): TypeError {
  const known = Object.keys(new mongoose.mongo.MongoClient(ANYWHERE).options)
  const lines = names.map((name) => {
    const likely = likelyConnectionOption(name, [...known, ...Object.keys(OF_MONGOOSE)])
    return `\`connectionOptions.${name}\`${likely === undefined ? '' : `: ${likely}`}`
  })
  return new TypeError(`neither Mongoose nor the driver knows ${lines.join('\n  and ')}`)
}

function relics(names: readonly string[]): MongoDBStoreError {
  const options = names.map((name) => `\`${name}\``).join(' and ')
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECTION_OPTIONS',
    `\`connectionOptions\` without ${options}: no driver since 4.0 looks at it, and newer ones ` +
      'refuse it. Take it out',
  )
}
