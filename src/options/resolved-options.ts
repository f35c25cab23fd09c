/** The options, checked and complete. */
import { inspect } from 'node:util'
import { plainCodec } from '../payload/codec'
import type { Lifetime } from '../payload/cookie'
import type { Encryption } from '../payload/encryption'
import { isObject } from '../payload/payload'
import { isConnectionOption } from './driver-options'
import * as read from './option-readers'
import type { MongoDBStoreOptions } from './options'
import { assertNotOfMiddleware, nameHere } from './other-stores'

type Given = MongoDBStoreOptions<never, object, unknown>
type Filled<K extends keyof Given> = { readonly [P in K]-?: NonNullable<Given[P]> }
type Optional<K extends keyof Given> = { readonly [P in K]-?: NonNullable<Given[P]> | undefined }

/** The options with all defaults. Frozen; those that could hold credentials are not enumerable. @public */
export type ResolvedOptions = Filled<'uri' | 'collection' | 'connectionOptions' | 'codec'> &
  Filled<'idField' | 'expiresKey' | 'awaitTouch' | 'autoRemove' | 'createIndexes' | 'writes'> &
  Optional<'databaseName' | 'connection' | 'model' | 'modelName' | 'schema'> &
  Optional<'fields' | 'transformId'> &
  Readonly<Record<'expiresAfterSeconds' | 'touchAfter' | 'removeInterval', number>> & {
    /** How long a session lives if its cookie does not say: ms, or a function that returns ms. */
    readonly expires: Lifetime<never>
    /** How many operations may share a query. */
    readonly batch: false | Readonly<Record<'maxSize', number>>
    /** Encrypts and decrypts, instead of the codec. */
    readonly encryption: Encryption | undefined
    /** Whether the options ask for an own connection. */
    readonly wantsOwn: boolean
  }

/** Each option's reader and default. */
const OPTIONS: Record<keyof MongoDBStoreOptions, { read: read.Reader; otherwise: unknown }> = {
  uri: { read: read.connectionString, otherwise: 'mongodb://127.0.0.1:27017/test' },
  databaseName: { read: read.databaseName, otherwise: undefined },
  collection: { read: read.collection, otherwise: 'sessions' },
  connectionOptions: { read: read.plainObject, otherwise: {} },
  connection: { read: read.connection, otherwise: undefined },
  model: { read: read.model, otherwise: undefined },
  modelName: { read: read.name, otherwise: undefined },
  schema: { read: read.schema, otherwise: undefined },
  fields: { read: read.fields, otherwise: undefined },
  expires: { read: read.lifetime, otherwise: 14 * read.DAY },
  idField: { read: read.fieldName, otherwise: '_id' },
  expiresKey: { read: read.fieldName, otherwise: 'expires' },
  expiresAfterSeconds: { read: read.wholeNumber(0, 2 ** 31 - 1), otherwise: 0 },
  touchAfter: { read: read.number(0, Number.MAX_SAFE_INTEGER), otherwise: 0 },
  awaitTouch: { read: read.boolean, otherwise: false },
  autoRemove: { read: read.oneOf('native', 'interval', 'disabled'), otherwise: 'native' },
  removeInterval: { read: read.number(1, read.LONGEST_TIMER), otherwise: 10 * 60 * 1000 },
  createIndexes: { read: read.boolean, otherwise: true },
  writes: { read: read.oneOf('merge', 'replace'), otherwise: 'merge' },
  batch: { read: read.batch, otherwise: Object.freeze({ maxSize: read.DEFAULT_BATCH }) },
  codec: { read: read.codec, otherwise: plainCodec },
  transformId: { read: read.transformId, otherwise: undefined },
  encryption: { read: read.encryption, otherwise: undefined },
}

/** Options that exclude others, since both say where sessions are, or how they are stored. */
const EXCLUSIVE = {
  connection: ['uri', 'connectionOptions'],
  model: 'uri connectionOptions connection databaseName collection modelName schema'.split(' '),
  codec: ['encryption'],
}

/** Replacing `undefined` with the default here would put sessions in the wrong database, or store them unencrypted. */
const NOT_EMPTY = ['uri', 'connection', 'model', 'databaseName', 'encryption']

/** What `util.inspect(store.options)` does not show: credentials, and the app's large objects. */
const HIDDEN = ['uri', 'connectionOptions', 'connection', 'model', 'schema', 'encryption']

/** Marks complete options: a copy lacks the hidden ones, and would mean something else. */
const COMPLETE = Symbol.for('express-mongoose-session.options')

/** @throws TypeError for an unknown option, an invalid value, or two contradicting options */
export function resolveOptions(options: unknown): ResolvedOptions {
  if (!isObject(options)) {
    throw new TypeError('MongoDBStore takes an object of options and an optional callback')
  }
  // Without a prototype, so that only what the app has set counts
  const given: Record<PropertyKey, unknown> = Object.assign(Object.create(null), options)
  if (COMPLETE in given) {
    throw new TypeError("`store.options` cannot create another store: pass the app's own options")
  }
  const isGiven = (key: string) => given[key] !== undefined && given[key] !== null
  assertKnown(Object.keys(given))
  // `databaseName: null` is connect-mongodb-session's default
  const isNullFine = (key: string) => key === 'databaseName' && given[key] === null
  const empty = NOT_EMPTY.find((key) => key in given && !isGiven(key) && !isNullFine(key))
  if (empty !== undefined) {
    throw new TypeError(
      `the option \`${empty}\` is ${given[empty]}: check its environment variable or import, ` +
        'or omit the option to use the default',
    )
  }
  for (const [option, others] of Object.entries(EXCLUSIVE)) {
    const other = isGiven(option) ? others.find(isGiven) : undefined
    if (other !== undefined) {
      throw new TypeError(`\`${option}\` and \`${other}\` contradict each other: pass only one`)
    }
  }
  const resolved: object = { [COMPLETE]: true }
  for (const [key, { read, otherwise }] of Object.entries(OPTIONS)) {
    const value = isGiven(key) ? read(key, given[key]) : otherwise
    Object.defineProperty(resolved, key, { value, enumerable: !HIDDEN.includes(key) })
  }
  const wantsOwn = isGiven('uri') || isGiven('connectionOptions')
  Object.defineProperty(resolved, 'wantsOwn', { value: wantsOwn })
  // Without it, `showHidden` would show non-enumerable properties
  Object.defineProperty(resolved, inspect.custom, {
    value: () => Object.fromEntries(Object.entries(resolved)),
  })
  assertFields(resolved as ResolvedOptions)
  return Object.freeze(resolved) as ResolvedOptions
}

function assertKnown(names: readonly string[]): void {
  const unknown = names.filter((name) => !Object.hasOwn(OPTIONS, name))
  if (unknown.length === 0) return
  assertNotOfMiddleware(unknown)
  const lines = unknown.map((name) => {
    const isOther = isConnectionOption(name) ? `: use \`connectionOptions: { ${name} }\`` : ''
    return `\`${name}\`${nameHere(name, Object.keys(OPTIONS)) ?? isOther}`
  })
  const isOfConnectMongo = names.includes('touchAfter') && lines.some((line) => line.includes(':'))
  const note = isOfConnectMongo
    ? '\n`touchAfter` is in milliseconds; in connect-mongo, in seconds'
    : ''
  throw new TypeError(`MongoDBStore has no option ${lines.join('\n  and no ')}${note}`)
}

function assertFields({ idField, expiresKey, schema, fields, model }: ResolvedOptions): void {
  const own = [idField, expiresKey, 'session']
  if (new Set(own).size < own.length) {
    throw new TypeError('`idField`, `expiresKey` and `session` (the data) must be different fields')
  }
  const defined = ['_id', ...own].find((field) => Object.hasOwn(schema ?? {}, field))
  if (defined !== undefined) {
    throw new TypeError(
      `the option \`schema\` cannot define \`${defined}\`, which belongs to the store`,
    )
  }
  if (fields && !schema && !model) {
    throw new TypeError('the option `fields` needs `schema` (or `model`) to know their types')
  }
}
