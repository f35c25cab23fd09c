/** The options as documented, checked once and made complete. */
import { inspect } from 'node:util'
import type { SessionData } from 'express-session'
import type { Connection, ConnectOptions, Mongoose } from 'mongoose'
import { type Codec, plainCodec } from './codec'
import type { Encryption, EncryptionOptions } from './encryption'
import type { Lifetime } from './expiry'
import type { AnyFields, FieldDefinitions, FieldInputs } from './fields'
import * as read from './option-readers'
import { likelyOption } from './suggestion'

/** Any Mongoose model, whatever its documents; that it can hold sessions is checked at run time. @public */
export interface AppModel {
  readonly modelName: string
  readonly db: Connection
  readonly schema: object
  readonly findOne: (...args: never[]) => unknown
}

/**
 * Everything that can be set; every part is optional, and `undefined` is the same as leaving it out.
 * Durations are milliseconds. Numbers may be given as strings.
 * @public
 */
export interface MongoDBStoreOptions<
  T extends object = SessionData,
  S = FieldDefinitions,
  I = FieldInputs<NoInfer<S>> & AnyFields,
> {
  /**
   * Connection string of a connection that the store opens and closes itself.
   * Without `uri`, `connection` and `model` the store uses Mongoose's default connection where the
   * app has opened it. @default 'mongodb://127.0.0.1:27017/test'
   */
  uri?: string | undefined
  /** The database. @default the one that the uri or the connection names */
  databaseName?: string | null | undefined
  /** The collection. @default 'sessions' */
  collection?: string | undefined
  /** Mongoose's options for the store's own connection; its pool has 10 sockets unless they say otherwise. */
  connectionOptions?: ConnectOptions | null | undefined
  /** A Mongoose connection of the app's, or a `Mongoose` (its default connection). Never closed by the store. */
  connection?: Connection | Mongoose | undefined
  /** A Mongoose model of the app's, with the paths `_id` (String), `session` (Mixed) and `expires` (Date). */
  model?: AppModel | undefined
  /** The name under which the store's model is registered on the connection. @default 'Session' */
  modelName?: string | undefined
  /**
   * Extra fields of a record, as Mongoose defines them: top-level, typed, indexed where they say so.
   * Not together with `model`, whose schema has its own.
   * @example { userId: { type: String, index: true } }
   */
  schema?: S | undefined
  /**
   * The values of extra fields, computed from the session at every `set`; written where they differ
   * from what was loaded. A field of `schema` that is not among them is removed.
   * @example (session) => ({ userId: session.userId })
   */
  fields?: ((session: T, sid: string) => I) | undefined
  /** How long a session lives whose cookie sets no end. @default 1209600000 (14 days) */
  expires?: Lifetime<T> | string | undefined
  /** The field that holds the session id; one other than `_id` gets a unique index. @default '_id' */
  idField?: string | undefined
  /** The field that holds the date of expiry. @default 'expires' */
  expiresKey?: string | undefined
  /** Seconds for which MongoDB keeps an expired record; it is never served. @default 0 */
  expiresAfterSeconds?: number | string | undefined
  /** A touch is written only where it moves the expiry by at least this many ms. @default 0 */
  touchAfter?: number | string | undefined
  /**
   * Who removes expired records: MongoDB by a TTL index (`native`), the store every `removeInterval`
   * (`interval`), or nobody (`disabled`). @default 'native'
   */
  autoRemove?: 'native' | 'interval' | 'disabled' | undefined
  /** Time between two removals in ms, give or take a tenth. @default 600000 (10 minutes) */
  removeInterval?: number | string | undefined
  /** Whether the store makes its indexes, in the background. @default true */
  createIndexes?: boolean | undefined
  /**
   * `merge` writes what changed since the session was loaded, so that concurrent requests keep each
   * other's changes; `replace` writes the whole session. @default 'merge'
   */
  writes?: 'merge' | 'replace' | undefined
  /**
   * How many operations of one turn of the event loop may go out as one query; `false` sends each
   * as itself. @default { maxSize: 100 }
   */
  batch?: { maxSize?: number | string | undefined } | false | undefined
  /** How a session is stored. Not together with `encryption`. @default plain BSON */
  codec?: Codec | undefined
  /** Stores sessions encrypted; `docs/encryption.md` says how, and what that protects from. */
  encryption?: EncryptionOptions | undefined
}

/** The options, complete: every one has its value. Frozen. @public */
export interface ResolvedOptions {
  readonly uri: string
  readonly databaseName: string | undefined
  readonly collection: string
  readonly connectionOptions: ConnectOptions
  readonly connection: Connection | Mongoose | undefined
  readonly model: AppModel | undefined
  readonly modelName: string | undefined
  readonly schema: FieldDefinitions | undefined
  readonly fields: ((session: never, sid: string) => unknown) | undefined
  readonly expires: Lifetime<never>
  readonly idField: string
  readonly expiresKey: string
  readonly expiresAfterSeconds: number
  readonly touchAfter: number
  readonly autoRemove: 'native' | 'interval' | 'disabled'
  readonly removeInterval: number
  readonly createIndexes: boolean
  readonly writes: 'merge' | 'replace'
  readonly batch: { readonly maxSize: number } | false
  readonly codec: Codec
  /** In place of the codec. */
  readonly encryption: Encryption | undefined
  /** Whether the caller asked for a connection of the store's own. */
  readonly wantsOwn: boolean
}

const MAX_TIMER = 2 ** 31 - 1

/** Each option: how its value is read, and what it is where none is given. */
const OPTIONS: Record<keyof MongoDBStoreOptions, { read: read.Read; otherwise: unknown }> = {
  uri: { read: read.connectionString, otherwise: 'mongodb://127.0.0.1:27017/test' },
  databaseName: { read: read.name, otherwise: undefined },
  collection: { read: read.name, otherwise: 'sessions' },
  connectionOptions: { read: read.plainObject, otherwise: {} },
  connection: { read: read.connection, otherwise: undefined },
  model: { read: read.model, otherwise: undefined },
  modelName: { read: read.name, otherwise: undefined },
  schema: { read: read.schema, otherwise: undefined },
  fields: { read: read.fields, otherwise: undefined },
  expires: { read: read.lifetime, otherwise: 14 * read.DAY },
  idField: { read: read.fieldName, otherwise: '_id' },
  expiresKey: { read: read.fieldName, otherwise: 'expires' },
  expiresAfterSeconds: { read: read.number(0, 2 ** 31 - 1), otherwise: 0 },
  touchAfter: { read: read.number(0, Number.MAX_SAFE_INTEGER), otherwise: 0 },
  autoRemove: { read: read.oneOf('native', 'interval', 'disabled'), otherwise: 'native' },
  removeInterval: { read: read.number(1, MAX_TIMER), otherwise: 10 * 60 * 1000 },
  createIndexes: { read: read.boolean, otherwise: true },
  writes: { read: read.oneOf('merge', 'replace'), otherwise: 'merge' },
  batch: { read: read.batch, otherwise: { maxSize: 100 } },
  codec: { read: read.codec, otherwise: plainCodec },
  encryption: { read: read.encryption, otherwise: undefined },
}

/** Options that each say where the sessions are, or how they are stored; two would contradict each other. */
const EXCLUSIVE: readonly [keyof MongoDBStoreOptions, readonly (keyof MongoDBStoreOptions)[]][] = [
  ['connection', ['uri', 'connectionOptions']],
  [
    'model',
    ['uri', 'connectionOptions', 'connection', 'databaseName', 'collection', 'modelName', 'schema'],
  ],
  ['codec', ['encryption']],
]

/** What `util.inspect(store.options)` does not show: credentials, and large objects of the app's. */
const HIDDEN: ReadonlySet<string> = new Set([
  'uri',
  'connectionOptions',
  'connection',
  'model',
  'schema',
  'encryption',
])

/**
 * @throws TypeError for an option that does not exist (naming the likely one), a value of the wrong
 * type, or two options that contradict each other
 */
export function resolveOptions(input: unknown): ResolvedOptions {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError('MongoDBStore takes an object of options, and an optional callback')
  }
  const given = input as Record<string, unknown>
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(OPTIONS, key)) throw unknownOption(key)
  }
  const isGiven = (key: string) => given[key] !== undefined && given[key] !== null
  for (const [option, others] of EXCLUSIVE) {
    const other = isGiven(option) ? others.find(isGiven) : undefined
    if (other !== undefined) {
      throw new TypeError(`\`${option}\` and \`${other}\` contradict each other: give one of them`)
    }
  }
  const resolved = {}
  for (const [key, { read, otherwise }] of Object.entries(OPTIONS)) {
    const value = isGiven(key) ? read(key, given[key]) : otherwise
    Object.defineProperty(resolved, key, { value, enumerable: !HIDDEN.has(key) })
  }
  const wantsOwn = isGiven('uri') || isGiven('connectionOptions')
  Object.defineProperty(resolved, 'wantsOwn', { value: wantsOwn, enumerable: false })
  // `showHidden` shows what is not enumerable, too
  Object.defineProperty(resolved, inspect.custom, { value: () => ({ ...resolved }) })
  const options = Object.freeze(resolved) as ResolvedOptions
  if (options.idField === options.expiresKey) throw clash('idField', 'expiresKey')
  if (options.idField === 'session') throw clash('idField', 'the field of the data')
  if (options.expiresKey === 'session') throw clash('expiresKey', 'the field of the data')
  for (const own of ['_id', 'session', options.idField, options.expiresKey]) {
    if (options.schema && Object.hasOwn(options.schema, own)) {
      throw new TypeError(`the option \`schema\` cannot define \`${own}\`: the store does`)
    }
  }
  if (options.fields && !options.schema && !options.model) {
    throw new TypeError('the option `fields` needs `schema` (or `model`), which says their types')
  }
  return options
}

function unknownOption(key: string): TypeError {
  const likely = likelyOption(key, Object.keys(OPTIONS))
  return new TypeError(`MongoDBStore has no option \`${key}\`${likely ? `: ${likely}` : ''}`)
}

function clash(a: string, b: string): TypeError {
  return new TypeError(`\`${a}\` and ${b} cannot be the same field`)
}
