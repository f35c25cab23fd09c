/** The options as the store uses them: checked and complete. */
import { inspect } from 'node:util'
import type { Connection, ConnectOptions, Mongoose } from 'mongoose'
import { LONGEST_TIMER } from '../longest-timer'
import { type Codec, plainCodec } from '../payload/codec'
import type { Encryption } from '../payload/encryption'
import type { Lifetime } from '../payload/expiry'
import { isObject } from '../payload/objects'
import { isConnectionOption } from './driver-options'
import type { FieldDefinitions } from './field-types'
import * as read from './option-readers'
import type { AppModel, MongoDBStoreOptions } from './options'
import { likelyOption } from './suggestion'

/** The options with every default filled in. Frozen. @public */
export interface ResolvedOptions {
  /** The connection string, if the store opens its own connection. Not enumerable: it may hold credentials. */
  readonly uri: string
  /** The database, if it is not that of the uri or the connection. */
  readonly databaseName: string | undefined
  /** The name of the collection. */
  readonly collection: string
  /** Mongoose's options for the store's own connection. Not enumerable. */
  readonly connectionOptions: ConnectOptions
  /** The app's connection. Not enumerable. */
  readonly connection: Connection | Mongoose | undefined
  /** The app's model. Not enumerable. */
  readonly model: AppModel | undefined
  /** The name of the store's model, if the app has set it. */
  readonly modelName: string | undefined
  /** The extra fields. Not enumerable. */
  readonly schema: FieldDefinitions | undefined
  /** The function that computes the extra fields. */
  readonly fields: ((session: never, sid: string) => unknown) | undefined
  /** How long a session lives if its cookie sets no end: ms, or a function of the session that returns ms. */
  readonly expires: Lifetime<never>
  /** The field of the session id. */
  readonly idField: string
  /** The field of the expiry. */
  readonly expiresKey: string
  /** Seconds for which an expired record is kept. */
  readonly expiresAfterSeconds: number
  /** A touch is written only if it moves the expiry by at least this many ms. */
  readonly touchAfter: number
  /** Whether the callback of `touch` waits for the write. */
  readonly awaitTouch: boolean
  /** Who removes expired records. */
  readonly autoRemove: 'native' | 'interval' | 'disabled'
  /** Time between two removals in ms. */
  readonly removeInterval: number
  /** Whether the store creates its indexes. */
  readonly createIndexes: boolean
  /** Whether the changes of a session are written, or the whole session. */
  readonly writes: 'merge' | 'replace'
  /** How many operations may go out as one query; `false` if those of different sessions do not. */
  readonly batch:
    | {
        /** A whole number from 1 to 1000. */
        readonly maxSize: number
      }
    | false
  /** Turns a session into what is stored, and back. */
  readonly codec: Codec
  /** Encrypts and decrypts, in place of the codec. Not enumerable. */
  readonly encryption: Encryption | undefined
  /** Whether the options ask for a connection of the store's own. */
  readonly wantsOwn: boolean
}

/** Each option: the reader of its value, and its default. */
const OPTIONS: Record<keyof MongoDBStoreOptions, { read: read.Reader; otherwise: unknown }> = {
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
  awaitTouch: { read: read.boolean, otherwise: false },
  autoRemove: { read: read.oneOf('native', 'interval', 'disabled'), otherwise: 'native' },
  removeInterval: { read: read.number(1, LONGEST_TIMER), otherwise: 10 * 60 * 1000 },
  createIndexes: { read: read.boolean, otherwise: true },
  writes: { read: read.oneOf('merge', 'replace'), otherwise: 'merge' },
  batch: { read: read.batch, otherwise: { maxSize: read.DEFAULT_BATCH } },
  codec: { read: read.codec, otherwise: plainCodec },
  encryption: { read: read.encryption, otherwise: undefined },
}

/** Options that exclude each other: both say where the sessions are, or how they are stored. */
const EXCLUSIVE: readonly [keyof MongoDBStoreOptions, readonly (keyof MongoDBStoreOptions)[]][] = [
  ['connection', ['uri', 'connectionOptions']],
  [
    'model',
    ['uri', 'connectionOptions', 'connection', 'databaseName', 'collection', 'modelName', 'schema'],
  ],
  ['codec', ['encryption']],
]

/**
 * Options that say where the sessions are, each with the usual reason for an `undefined`. With the default
 * in its place the app would run, but its sessions would be in the wrong database.
 */
const NOT_EMPTY: Readonly<Record<string, string>> = {
  uri: 'is the environment variable set that it is read from?',
  connection: 'does the module that it is imported from export it, and is it there by now?',
  model: 'does the module that it is imported from export it, and is it there by now?',
  databaseName: 'is the environment variable set that it is read from?',
}

/** Options that `util.inspect(store.options)` does not show: credentials, and large objects of the app. */
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
export function resolveOptions(given: unknown): ResolvedOptions {
  if (!isObject(given)) {
    throw new TypeError('MongoDBStore takes an object of options, and an optional callback')
  }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(OPTIONS, key))
  if (unknown.length > 0) throw unknownOptions(unknown)
  for (const [key, question] of Object.entries(NOT_EMPTY)) {
    if (Object.hasOwn(given, key) && isEmpty(key, given[key])) {
      throw new TypeError(
        `the option \`${key}\` is ${given[key]}: ${question} Leave it out for its default`,
      )
    }
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
  // Without it, `showHidden` would show the properties that are not enumerable
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

/** `databaseName: null` is connect-mongodb-session's default; a missing environment variable is `undefined`. */
function isEmpty(key: string, value: unknown): boolean {
  return value === undefined || (value === null && key !== 'databaseName')
}

function unknownOptions(names: readonly string[]): TypeError {
  const lines = names.map((name) => {
    const likely = likelyOption(name, Object.keys(OPTIONS), isConnectionOption)
    return `\`${name}\`${likely === undefined ? '' : `: ${likely}`}`
  })
  return new TypeError(`MongoDBStore has no option ${lines.join('\n  and no ')}`)
}

function clash(a: string, b: string): TypeError {
  return new TypeError(`\`${a}\` and ${b} cannot be the same field`)
}
