/** The sessions' Mongoose model: checks the app's, or creates the store's. */
import { isDeepStrictEqual } from 'node:util'
import type { Connection, Model, Schema } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import type { StoredFields } from '../options/field-types'
import type { ResolvedOptions } from '../options/resolved-options'
import { plainCodec } from '../payload/codec'
import { isPlainObject } from '../payload/payload'
import { type AnyModel, declare, undeclaredIndexes } from './declared-indexes'

/** A session's record, with the default field names. @public */
export interface SessionRecord {
  /** The session id; the option `idField` can rename the field. */
  _id: string
  /** `{ cookie, …data }`, or what the codec returned. */
  session: unknown
  /** When the session ends; the option `expiresKey` can rename the field. */
  expires?: Date | null
}

/** The records' model, with the app's extra fields `F`; older sessions may lack them. @public */
export type SessionModel<F extends object = object> = Model<SessionRecord & StoredFields<F>>

/** What a store's model was made from; the same symbol in every copy of the package in an app. */
const TERMS: unique symbol = Symbol.for('express-mongoose-session.model')

type Terms = Readonly<Record<string, unknown>>

/** Whether a store created the model: then the store also creates its schema's indexes. */
export function isStoreModel(model: object): model is { readonly [TERMS]: unknown } {
  return TERMS in model
}

/** The app's model, checked; or the store's. @throws MongoDBStoreError `ERR_MONGODB_STORE_MODEL_…` */
export function sessionModel(connection: Connection, options: ResolvedOptions): SessionModel {
  const given = options.model as unknown as AnyModel | undefined
  const model = given ? checked(given, options) : ours(connection, options)
  // The option `model` may be the model of another store
  if (isStoreModel(model)) {
    for (const index of undeclaredIndexes(model, options)) declare(model, index)
  }
  return model as unknown as SessionModel
}

/** Another store's model with the same terms, or a new one. */
function ours(connection: Connection, options: ResolvedOptions): AnyModel {
  const { collection, idField, expiresKey, schema, modelName } = options
  const terms = { collection, idField, expiresKey, schema: copyOf(schema) }
  // Different stores on one connection get different names, so that the app need not choose any
  for (let i = 1; ; i++) {
    const name = i === 1 ? (modelName ?? 'Session') : `Session ${collection} ${i}`
    const existing = connection.models[name]
    if (!existing) {
      const model = make(connection, name, options)
      Object.defineProperty(model, TERMS, { value: terms })
      return model
    }
    if (isStoreModel(existing) && isDeepStrictEqual(existing[TERMS], terms)) return existing
    if (!isStoreModel(existing) || modelName !== undefined) throw nameTaken(name, existing, terms)
  }
}

/** A copy of the objects that Mongoose would write into, and the app may change. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)])) as T
}

function make(connection: Connection, name: string, options: ResolvedOptions): AnyModel {
  const { Schema } = connection.base
  const fields: Record<string, unknown> = {
    ...copyOf(options.schema),
    session: Schema.Types.Mixed,
    [options.idField]: { type: String },
    [options.expiresKey]: { type: Date },
  }
  const schema: Schema = new Schema(fields as Record<string, never>, {
    collection: options.collection,
    // Mongoose would drop empty objects from the data, and add `__v`
    minimize: false,
    versionKey: false,
    id: false,
    // The store creates the indexes itself, to see their errors
    autoCreate: false,
    autoIndex: false,
  })
  return connection.model(name, schema) as unknown as AnyModel
}

function checked(model: AnyModel, options: ResolvedOptions): AnyModel {
  const { idField, expiresKey, codec, encryption } = options
  const forData = encryption ? ['Mixed', 'Buffer'] : ['Mixed']
  const isWrong = (path: string, types: readonly string[]) => {
    const type = model.schema.path(path)
    // A codec can return any type
    const isFree = path === 'session' && codec !== plainCodec && !encryption
    return !type || !(isFree || types.includes(type.instance))
  }
  const wanted = [
    [idField, ['String']],
    ['session', forData],
    [expiresKey, ['Date']],
  ] as const
  const wrong = wanted.filter(([path, types]) => isWrong(path, types))
  if (wrong.length === 0) return model
  const paths = wrong.map(([path, [type]]) => `${path}: ${type}`).join(', ')
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MODEL_PATHS',
    `the model "${model.modelName}" cannot hold sessions: its schema needs { ${paths} } ` +
      '(`idField` and `expiresKey` name other fields)',
  )
}

function nameTaken(name: string, model: AnyModel, terms: Terms): MongoDBStoreError {
  const others = isStoreModel(model) ? (model[TERMS] as Terms) : undefined
  const differing = Object.keys(terms).filter(
    (key) => !isDeepStrictEqual(others?.[key], terms[key]),
  )
  const what = others
    ? `the model "${name}" belongs to a store with another \`${differing.join('`, `')}\``
    : `the connection has another model named "${name}"`
  // A hot reload runs the same text once more
  const again = differing.includes('schema')
    ? 'if it is the same schema, define it once, since a function only equals itself; otherwise '
    : ''
  const advice = "name the store's model with `modelName`, or pass the app's as `model`"
  return new MongoDBStoreError('ERR_MONGODB_STORE_MODEL_NAME', `${what}: ${again}${advice}`)
}
