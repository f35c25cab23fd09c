/** The options as the store uses them: checked and complete. */
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

/** The options with every default filled in. Frozen; those that could hold credentials are not enumerable. @public */
export type ResolvedOptions = Filled<'uri' | 'collection' | 'connectionOptions' | 'codec'> &
  Filled<'idField' | 'expiresKey' | 'awaitTouch' | 'autoRemove' | 'createIndexes' | 'writes'> &
  Optional<'databaseName' | 'connection' | 'model' | 'modelName' | 'schema'> &
  Optional<'fields' | 'transformId'> &
  Readonly<Record<'expiresAfterSeconds' | 'touchAfter' | 'removeInterval', number>> & {
    /** How long a session lives if its cookie sets no end: ms, or a function that returns ms. */
    readonly expires: Lifetime<never>
    /** How many operations may go out as one query. */
    readonly batch: false | Readonly<Record<'maxSize', number>>
    /** Encrypts and decrypts, in place of the codec. */
    readonly encryption: Encryption | undefined
    /** Whether the options ask for a connection of the store's own. */
    readonly wantsOwn: boolean
  }

/** Each option: the reader of its value, and its default. */
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

/** Options that exclude others: both say where the sessions are, or how they are stored. */
const EXCLUSIVE = {
  connection: ['uri', 'connectionOptions'],
  model: 'uri connectionOptions connection databaseName collection modelName schema'.split(' '),
  codec: ['encryption'],
}

/** With the default in place of an `undefined`, sessions would land in the wrong database, or in the clear. */
const NOT_EMPTY = ['uri', 'connection', 'model', 'databaseName', 'encryption']

/** Options that `util.inspect(store.options)` does not show: credentials, and large objects of the app. */
const HIDDEN = ['uri', 'connectionOptions', 'connection', 'model', 'schema', 'encryption']

/** Marks complete options: without those that are hidden, a copy of them would mean something else. */
const COMPLETE = Symbol.for('express-mongoose-session.options')

/** @throws TypeError for an option that does not exist, a wrong value, or two options that contradict each other */
export function resolveOptions(options: unknown): ResolvedOptions {
  if (!isObject(options)) {
    throw new TypeError('MongoDBStore takes an object of options, and an optional callback')
  }
  // Without a prototype: nothing counts that the app has not set itself
  const given: Record<PropertyKey, unknown> = Object.assign(Object.create(null), options)
  if (COMPLETE in given) {
    throw new TypeError(
      "`store.options` cannot make another store: hand over the app's own options",
    )
  }
  const isGiven = (key: string) => given[key] !== undefined && given[key] !== null
  assertKnown(Object.keys(given))
  // `databaseName: null` is connect-mongodb-session's default
  const isNullFine = (key: string) => key === 'databaseName' && given[key] === null
  const empty = NOT_EMPTY.find((key) => key in given && !isGiven(key) && !isNullFine(key))
  if (empty !== undefined) {
    throw new TypeError(
      `the option \`${empty}\` is ${given[empty]}: check that its environment variable is set, or its import ` +
        'right, or omit the option to use the default',
    )
  }
  for (const [option, others] of Object.entries(EXCLUSIVE)) {
    const other = isGiven(option) ? others.find(isGiven) : undefined
    if (other !== undefined) {
      throw new TypeError(`\`${option}\` and \`${other}\` contradict each other: give one of them`)
    }
  }
  const resolved: object = { [COMPLETE]: true }
  for (const [key, { read, otherwise }] of Object.entries(OPTIONS)) {
    const value = isGiven(key) ? read(key, given[key]) : otherwise
    Object.defineProperty(resolved, key, { value, enumerable: !HIDDEN.includes(key) })
  }
  const wantsOwn = isGiven('uri') || isGiven('connectionOptions')
  Object.defineProperty(resolved, 'wantsOwn', { value: wantsOwn })
  // Without it, `showHidden` would show the properties that are not enumerable
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
    throw new TypeError('`idField`, `expiresKey` and `session` (the data) must be three fields')
  }
  const defined = ['_id', ...own].find((field) => Object.hasOwn(schema ?? {}, field))
  if (defined !== undefined) {
    throw new TypeError(`the option \`schema\` cannot define \`${defined}\`: it is the store's`)
  }
  if (fields && !schema && !model) {
    throw new TypeError('the option `fields` needs `schema` (or `model`), which says their types')
  }
}
