/** The Mongoose model of the sessions: checks the app's, or creates the store's. */
import type { Connection, Model, Schema } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import type { StoredFields } from '../options/field-types'
import type { ResolvedOptions } from '../options/resolved-options'
import { plainCodec } from '../payload/codec'
import { declareIndexes } from './declared-indexes'
import {
  type AnyModel,
  definitionsFor,
  isStoreModel,
  keepTerms,
  termsOf,
  wasMadeOn,
} from './model-terms'

/** The record of a session, with the default names of its fields. @public */
export interface SessionRecord {
  /** The session id; the option `idField` can rename the field. */
  _id: string
  /** `{ cookie, …data }`, or the result of the codec. */
  session: unknown
  /** When the session ends; the option `expiresKey` can rename the field. */
  expires?: Date | null
}

/** The model of the records, with the app's extra fields `F`; an older session may lack any of them. @public */
export type SessionModel<F extends object = object> = Model<SessionRecord & StoredFields<F>>

/**
 * The app's model, checked; or the store's, created with the Mongoose of the connection.
 * @throws MongoDBStoreError if the model lacks a path, or another model has its name
 */
export function sessionModel(connection: Connection, options: ResolvedOptions): SessionModel {
  const given = options.model as unknown as SessionModel | undefined
  const model = given ? checked(given, options) : ours(connection, options)
  // The option `model` may be the model of another store
  if (isStoreModel(model)) declareIndexes(model as unknown as AnyModel, options)
  return model as unknown as SessionModel
}

/** The model of another store with the same terms, or a new one. */
function ours(connection: Connection, options: ResolvedOptions): AnyModel {
  const terms = termsOf(options)
  for (let i = 1; ; i++) {
    const name = candidateName(options, i)
    const existing = connection.models[name]
    if (!existing) {
      const model = make(connection, name, options)
      keepTerms(model, terms)
      return model
    }
    if (wasMadeOn(existing, terms)) return existing
    if (!isStoreModel(existing) || options.modelName !== undefined) throw nameTaken(name, existing)
  }
}

/** Different stores on one connection get different names, so that the app need not name them. */
function candidateName({ modelName, collection }: ResolvedOptions, i: number): string {
  if (i === 1) return modelName ?? 'Session'
  return i === 2 ? `Session ${collection}` : `Session ${collection} ${i - 1}`
}

function make(connection: Connection, name: string, options: ResolvedOptions): AnyModel {
  const { Schema } = connection.base
  const fields: Record<string, unknown> = {
    ...definitionsFor(options),
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

function checked(model: SessionModel, options: ResolvedOptions): SessionModel {
  const { idField, expiresKey, codec, encryption } = options
  // A codec can return any type
  const forSession = encryption ? ['Mixed', 'Buffer'] : codec === plainCodec && ['Mixed']
  const wanted: [string, string[] | false][] = [
    [idField, ['String']],
    ['session', forSession],
    [expiresKey, ['Date']],
  ]
  const wrong = wanted
    .filter(([path, types]) => {
      const actual = model.schema.path(path)
      return types ? !actual || !types.includes(actual.instance) : !actual
    })
    .map(([path, types]) => `${path}: ${types ? types[0] : 'Mixed'}`)
  if (wrong.length === 0) return model
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MODEL_PATHS',
    `the model "${model.modelName}" cannot hold sessions: its schema needs { ${wrong.join(', ')} } ` +
      '(`idField` and `expiresKey` name other fields)',
  )
}

function nameTaken(name: string, model: AnyModel): MongoDBStoreError {
  const what = isStoreModel(model)
    ? `the model "${name}" is of a store with another \`collection\`, \`idField\`, \`expiresKey\` or ` +
      '`schema` (where the same functions and Schemas have to be the same objects): give this one'
    : `the connection has another model named "${name}": give the store's model`
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_MODEL_NAME',
    `${what} another name by the option \`modelName\`, or hand over the app's by \`model\``,
  )
}
