/** Readers of the options' values: each returns the value as the store uses it, or throws. */
import { types } from 'node:util'
import { withoutCredentials } from '../errors'
import { Encryption } from '../payload/encryption'
import { isObject } from '../payload/objects'

/** @throws TypeError that names the option and says what it must be */
export type Reader = (option: string, value: unknown) => unknown

export const DAY = 24 * 60 * 60 * 1000
export const DEFAULT_BATCH = 100
/** The whole batch is in memory, and each of its operations waits for all of it. */
const MAX_BATCH = 1000
/** In characters: 128 bits if each is a random hexadecimal digit. */
const SHORTEST_SECRET = 32

function wrong(option: string, wanted: string): TypeError {
  return new TypeError(`the option \`${option}\` must be ${wanted}`)
}

export function name(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(option, 'a non-empty string')
  return value
}

export function fieldName(option: string, value: unknown): string {
  const field = name(option, value)
  if (field[0] === '$' || field.includes('.')) {
    throw wrong(option, 'the name of a top-level field, without `.` and not starting with `$`')
  }
  if (field in Object.prototype) throw wrong(option, 'a name that means nothing to every object')
  return field
}

export function connectionString(option: string, value: unknown): string {
  const uri = name(option, value)
  if (!/^mongodb(\+srv)?:\/\/[^/]/i.test(uri)) {
    const hint = withoutCredentials(uri) === uri ? '' : ' (is a part of it not percent-encoded?)'
    throw wrong(option, `a connection string: mongodb://… or mongodb+srv://…${hint}`)
  }
  return uri
}

export function number(min: number, max: number, { isWhole = false } = {}): Reader {
  return (option, value) => {
    const cast = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    const isInRange = typeof cast === 'number' && cast >= min && cast <= max
    if (!isInRange || (isWhole && !Number.isInteger(cast))) {
      throw wrong(option, `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`)
    }
    return cast
  }
}

export function lifetime(option: string, value: unknown): unknown {
  if (typeof value === 'function') return value
  return number(1, 100 * 365 * DAY)(option, value)
}

export function boolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(option, 'true or false')
  return value
}

export function oneOf(...values: string[]): Reader {
  return (option, value) => {
    if (!values.includes(value as string)) {
      throw wrong(option, values.map((each) => `'${each}'`).join(' or '))
    }
    return value
  }
}

export function plainObject(option: string, value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw wrong(option, 'an object')
  return { ...value }
}

export function schema(option: string, value: unknown): unknown {
  if ('eachPath' in Object(value)) {
    throw wrong(option, 'an object of field definitions; hand over a whole schema as `model`')
  }
  const definitions = plainObject(option, value)
  for (const field of Object.keys(definitions)) fieldName(`${option}.${field}`, field)
  return Object.freeze(definitions)
}

export function fields(option: string, value: unknown): unknown {
  if (typeof value !== 'function') throw wrong(option, 'a function of the session and its id')
  return value
}

export function batch(option: string, value: unknown): unknown {
  if (value === false) return false
  const { maxSize = DEFAULT_BATCH, ...others } = isObject(value) ? value : {}
  if (!isObject(value) || Object.keys(others).length > 0) {
    throw wrong(option, 'false, or an object with `maxSize`')
  }
  return Object.freeze({
    maxSize: number(1, MAX_BATCH, { isWhole: true })(`${option}.maxSize`, maxSize),
  })
}

export function codec(option: string, value: unknown): unknown {
  const { encode, decode } = value as { encode?: unknown; decode?: unknown }
  if (typeof encode !== 'function' || typeof decode !== 'function') {
    throw wrong(option, 'an object with the functions `encode` and `decode`')
  }
  return value
}

export function encryption(option: string, value: unknown): unknown {
  const { secrets, allowPlaintext, ...others } = plainObject(option, value)
  const list: unknown[] = Array.isArray(secrets) ? secrets : [secrets]
  if (Object.keys(others).length > 0 || secrets === undefined || list.length === 0) {
    throw wrong(option, 'an object with `secrets`, one or more, and `allowPlaintext` if need be')
  }
  return new Encryption(
    list.map((each, i) => secret(`${option}.secrets[${i}]`, each)),
    boolean(`${option}.allowPlaintext`, allowPlaintext ?? false),
  )
}

function secret(option: string, value: unknown): Uint8Array {
  const isText = typeof value === 'string'
  if ((isText || types.isUint8Array(value)) && value.length >= SHORTEST_SECRET) {
    return isText ? Buffer.from(value) : value
  }
  const wanted = `random text of at least ${SHORTEST_SECRET} characters, or as many random bytes`
  throw wrong(option, `${wanted}: \`openssl rand -base64 32\` gives one`)
}

export function connection(option: string, value: unknown): unknown {
  const { model, readyState, connection, then, db } = value as Record<string, unknown>
  if (typeof model === 'function' && (typeof readyState === 'number' || connection)) return value
  const wanted = 'a Mongoose connection (mongoose.connection, mongoose.createConnection(…))'
  if (typeof then === 'function') {
    throw wrong(option, `${wanted}, not a promise: hand over the connection itself, in any state`)
  }
  if (typeof db === 'function') {
    throw wrong(
      option,
      `${wanted}, not a MongoClient: mongoose.createConnection().setClient(client)`,
    )
  }
  throw wrong(option, wanted)
}

export function model(option: string, value: unknown): unknown {
  const { schema, db, findOne } = value as Record<string, unknown>
  if (typeof value !== 'function' || !schema || !db || typeof findOne !== 'function') {
    throw wrong(option, 'a Mongoose model (connection.model(name, schema))')
  }
  return value
}
