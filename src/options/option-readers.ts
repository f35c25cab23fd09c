/** Reads option values: each reader returns the value for the store to use, or throws. */
import { types } from 'node:util'
import { MongoDBStoreError } from '../errors'
import { Encryption } from '../payload/encryption'
import { checkedSid, isObject, isPlainObject } from '../payload/payload'

/** @throws TypeError that names the option and what it must be */
export type Reader = (option: string, value: unknown) => unknown

/** In milliseconds: longer timers end at once in Node (https://nodejs.org/api/timers.html). */
export const LONGEST_TIMER = 2 ** 31 - 1
export const DAY = 24 * 60 * 60 * 1000
export const DEFAULT_BATCH = 100
/** A batch is in memory as a whole, and each of its operations waits for all of it. */
const MAX_BATCH = 1000
/** In characters: 128 bits if each is a random hex digit. */
const SHORTEST_SECRET = 32

function wrong(option: string, wanted: string): TypeError {
  return new TypeError(`the option \`${option}\` must be ${wanted}`)
}

function must(be: string, isRight: (value: unknown) => boolean): Reader {
  return (option, value) => {
    if (!isRight(value)) throw wrong(option, be)
    return value
  }
}

/** Whether the value has a method of each name. */
function can(value: unknown, ...methods: string[]): boolean {
  return methods.every((name) => typeof Object(value)[name] === 'function')
}

function isText(value: unknown, form: RegExp, maxBytes: number): boolean {
  return typeof value === 'string' && form.test(value) && Buffer.byteLength(value) <= maxBytes
}

export const name = must('a non-empty string', (value) => typeof value === 'string' && value !== '')

// MongoDB's rules: https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
export const databaseName = must(
  'a database name: up to 63 bytes, without space, `.`, `/`, `\\`, `"` or `$`',
  (value) => isText(value, /^[^/\\. "$\0]+$/, 63),
)

export const collection = must(
  'a collection name: up to 253 bytes, without `$` or an empty part, not starting with `system.`',
  (value) => isText(value, /^(?!system\.)[^.$\0]+(\.[^.$\0]+)*$/, 253),
)

export const fieldName = must(
  'a top-level field name: without `.`, not starting with `$`, not a property of every object',
  (value) => isText(value, /^[^$.\0][^.\0]*$/, 255) && !(`${value}` in Object.prototype),
)

export const connectionString = must(
  'a percent-encoded connection string: mongodb://… or mongodb+srv://…',
  (value) => typeof value === 'string' && /^mongodb(\+srv)?:\/\/[^/]/i.test(value),
)

export const boolean = must('true or false', (value) => typeof value === 'boolean')

export const fields = must(
  'a function of the session and its id',
  (value) => typeof value === 'function',
)

export function transformId(option: string, value: unknown): (sid: string) => string {
  if (typeof value !== 'function') throw wrong(option, 'a function of the session id')
  return (sid) => {
    try {
      return checkedSid(value(sid))
    } catch (cause) {
      const message = '`transformId` threw, or did not return a non-empty string'
      throw new MongoDBStoreError('ERR_MONGODB_STORE_SID', message, cause)
    }
  }
}

export const codec = must('an object with the functions `encode` and `decode`', (value) =>
  can(value, 'encode', 'decode'),
)

export const connection = must(
  'a Mongoose connection in any state (mongoose.connection, mongoose.createConnection(…)), neither a promise ' +
    'nor a MongoClient (mongoose.createConnection().setClient(client))',
  (value) =>
    can(value, 'model') && ('readyState' in Object(value) || 'connection' in Object(value)),
)

export const model = must(
  'a Mongoose model (connection.model(name, schema))',
  (value) => can(value, 'findOne') && 'schema' in Object(value) && 'db' in Object(value),
)

export function oneOf(...values: unknown[]): Reader {
  return must(values.map((each) => `'${each}'`).join(' or '), (value) => values.includes(value))
}

export function number(min: number, max: number): Reader {
  return (option, value) => {
    const cast = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof cast === 'number' && cast >= min && cast <= max) return cast
    throw wrong(option, `a number from ${min} to ${max}`)
  }
}

export function wholeNumber(min: number, max: number): Reader {
  return (option, value) => {
    const read = number(min, max)(option, value)
    if (!Number.isInteger(read)) throw wrong(option, 'a whole number')
    return read
  }
}

export function lifetime(option: string, value: unknown): unknown {
  return typeof value === 'function' ? value : number(1, 100 * 365 * DAY)(option, value)
}

export function plainObject(option: string, value: unknown): Record<string, unknown> {
  if (!isPlainObject(value)) throw wrong(option, 'a plain object')
  return { ...value }
}

export function schema(option: string, value: unknown): unknown {
  if ('eachPath' in Object(value)) {
    throw wrong(option, 'an object of field definitions; to use a whole schema, pass a `model`')
  }
  const definitions = plainObject(option, value)
  for (const field of Object.keys(definitions)) fieldName(`${option}.${field}`, field)
  return Object.freeze(definitions)
}

export function batch(option: string, value: unknown): unknown {
  if (value === false) return false
  const { maxSize = DEFAULT_BATCH, ...others } = isObject(value) ? value : { value }
  if (Object.keys(others).length > 0) throw wrong(option, 'false, or an object with `maxSize`')
  return Object.freeze({ maxSize: wholeNumber(1, MAX_BATCH)(`${option}.maxSize`, maxSize) })
}

export function encryption(option: string, value: unknown): unknown {
  const { secrets, allowPlaintext, ...others } = plainObject(option, value)
  const list: unknown[] = Array.isArray(secrets) ? secrets : [secrets]
  if (Object.keys(others).length > 0 || secrets === undefined || list.length === 0) {
    throw wrong(option, 'an object with one or more `secrets`, and maybe `allowPlaintext`')
  }
  return new Encryption(
    list.map((each, i) => secret(`${option}.secrets[${i}]`, each)),
    boolean(`${option}.allowPlaintext`, allowPlaintext ?? false) as boolean,
  )
}

function secret(option: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  if (types.isUint8Array(bytes) && (value as { length: number }).length >= SHORTEST_SECRET) {
    return bytes
  }
  const wanted = `random text of at least ${SHORTEST_SECRET} characters, or as many random bytes`
  throw wrong(option, `${wanted}: \`openssl rand -base64 32\` prints some`)
}
