/** The options as the store uses them: checked and complete. */
import { inspect } from 'node:util'
import { plainCodec } from '../payload/codec'
import type { Lifetime } from '../payload/cookie'
import type { Encryption } from '../payload/encryption'
import { isObject } from '../payload/payload'
import { isConnectionOption } from './driver-options'
import * as read from './option-readers'
import type { MongoDBStoreOptions } from './options'
import { nameHere } from './other-stores'

type Given = MongoDBStoreOptions<never, object, unknown>
type Filled<K extends keyof Given> = { readonly [P in K]-?: NonNullable<Given[P]> }
type Optional<K extends keyof Given> = { readonly [P in K]-?: NonNullable<Given[P]> | undefined }

/** The options with every default filled in. Frozen; those that could hold credentials are not enumerable. @public */
export type ResolvedOptions = Filled<'uri' | 'collection' | 'connectionOptions' | 'codec'> &
  Filled<'idField' | 'expiresKey' | 'awaitTouch' | 'autoRemove' | 'createIndexes' | 'writes'> &
  Optional<'databaseName' | 'connection' | 'model' | 'modelName' | 'schema' | 'fields'> & {
    /** How long a session lives if its cookie sets no end: ms, or a function of the session that returns ms. */
    readonly expires: Lifetime<never>
    /** Seconds for which an expired record is kept. */
    readonly expiresAfterSeconds: number
    /** A touch is written only if it moves the expiry by at least this many ms. */
    readonly touchAfter: number
    /** Time between two removals in ms. */
    readonly removeInterval: number
    /** How many operations may go out as one query; `false` if those of different sessions do not. */
    readonly batch:
      | false
      | {
          /** A whole number from 1 to 1000. */
          readonly maxSize: number
        }
    /** Encrypts and decrypts, in place of the codec. */
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
  removeInterval: { read: read.number(1, read.LONGEST_TIMER), otherwise: 10 * 60 * 1000 },
  createIndexes: { read: read.boolean, otherwise: true },
  writes: { read: read.oneOf('merge', 'replace'), otherwise: 'merge' },
  batch: { read: read.batch, otherwise: { maxSize: read.DEFAULT_BATCH } },
  codec: { read: read.codec, otherwise: plainCodec },
  encryption: { read: read.encryption, otherwise: undefined },
}

/** Options that exclude others: both say where the sessions are, or how they are stored. */
const EXCLUSIVE = {
  connection: ['uri', 'connectionOptions'],
  model: 'uri connectionOptions connection databaseName collection modelName schema'.split(' '),
  codec: ['encryption'],
}

/** With the default in place of an `undefined`, the app would run with its sessions in the wrong database. */
const NOT_EMPTY = ['uri', 'connection', 'model', 'databaseName']

/** Options that `util.inspect(store.options)` does not show: credentials, and large objects of the app. */
const HIDDEN = ['uri', 'connectionOptions', 'connection', 'model', 'schema', 'encryption']

/** @throws TypeError for an option that does not exist, a wrong value, or two options that contradict each other */
export function resolveOptions(given: unknown): ResolvedOptions {
  if (!isObject(given)) {
    throw new TypeError('MongoDBStore takes an object of options, and an optional callback')
  }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(OPTIONS, key))
  if (unknown.length > 0) throw unknownOptions(unknown)
  // `databaseName: null` is connect-mongodb-session's default
  const empty = NOT_EMPTY.find(
    (key) =>
      Object.hasOwn(given, key) &&
      (given[key] === undefined || (given[key] === null && key !== 'databaseName')),
  )
  if (empty !== undefined) {
    throw new TypeError(
      `the option \`${empty}\` is ${given[empty]}: is the environment variable set, or the module right, ` +
        'that it is imported from? Leave it out for its default',
    )
  }
  const isGiven = (key: string) => given[key] !== undefined && given[key] !== null
  for (const [option, others] of Object.entries(EXCLUSIVE)) {
    const other = isGiven(option) ? others.find(isGiven) : undefined
    if (other !== undefined) {
      throw new TypeError(`\`${option}\` and \`${other}\` contradict each other: give one of them`)
    }
  }
  const resolved = {}
  for (const [key, { read, otherwise }] of Object.entries(OPTIONS)) {
    const value = isGiven(key) ? read(key, given[key]) : otherwise
    Object.defineProperty(resolved, key, { value, enumerable: !HIDDEN.includes(key) })
  }
  const wantsOwn = isGiven('uri') || isGiven('connectionOptions')
  Object.defineProperty(resolved, 'wantsOwn', { value: wantsOwn, enumerable: false })
  // Without it, `showHidden` would show the properties that are not enumerable
  Object.defineProperty(resolved, inspect.custom, { value: () => ({ ...resolved }) })
  const options = Object.freeze(resolved) as ResolvedOptions
  const fields = [options.idField, options.expiresKey, 'session']
  if (new Set(fields).size < 3) {
    throw new TypeError('`idField`, `expiresKey` and `session` (the data) must be three fields')
  }
  const defined = ['_id', ...fields].find((field) => Object.hasOwn(options.schema ?? {}, field))
  if (defined)
    throw new TypeError(`the option \`schema\` cannot define \`${defined}\`: it is the store's`)
  if (options.fields && !options.schema && !options.model) {
    throw new TypeError('the option `fields` needs `schema` (or `model`), which says their types')
  }
  return options
}

function unknownOptions(names: readonly string[]): TypeError {
  const lines = names.map((name) => {
    const isOther = isConnectionOption(name) ? `: use \`connectionOptions: { ${name} }\`` : ''
    return `\`${name}\`${nameHere(name, Object.keys(OPTIONS)) ?? isOther}`
  })
  return new TypeError(`MongoDBStore has no option ${lines.join('\n  and no ')}`)
}
