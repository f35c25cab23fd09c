/** The Mongoose model of a session: finding the app's, or making ours. */
import { inspect } from 'node:util'
import type { Connection, Model, Schema } from 'mongoose'
import { plainCodec } from './codec'
import { MongoDBStoreError } from './errors'
import type { ResolvedOptions } from './resolved-options'

/** A session as the collection holds it, with the default names of its fields. @public */
export interface SessionRecord {
  /** The session id; in the field that `idField` names. */
  _id: string
  /** `{ cookie, …data }`, or what the codec made of it. */
  session: unknown
  /** When the session ends; in the field that `expiresKey` names. */
  expires?: Date | null
}

/** The model of the records, with the app's extra fields `F`. @public */
export type SessionModel<F extends object = object> = Model<SessionRecord & F>

/** What we made on which terms: a second store on the same terms shares the model. */
const OURS: unique symbol = Symbol.for('express-mongoose-session.model')

/**
 * The app's model, checked; or ours, made with the connection's own Mongoose.
 * @throws MongoDBStoreError where the model lacks a path, or its name belongs to another model
 */
export function sessionModel(connection: Connection, options: ResolvedOptions): SessionModel {
  if (options.model) return checked(options.model as unknown as SessionModel, options)
  const { collection, idField, expiresKey, schema } = options
  const terms = inspect([collection, idField, expiresKey, schema], { depth: 8 })
  for (const name of candidateNames(options)) {
    const existing = connection.models[name]
    if (!existing) return make(connection, name, options, terms)
    const theirTerms = (existing as { [OURS]?: string })[OURS]
    if (theirTerms === terms) return existing as unknown as SessionModel
    if (theirTerms === undefined) throw nameTaken(name)
  }
  throw nameTaken(options.modelName ?? 'Session')
}

/** Two stores on one connection, with two collections, need no naming. */
function candidateNames({ modelName, collection, idField, expiresKey }: ResolvedOptions): string[] {
  if (modelName !== undefined) return [modelName]
  return ['Session', `Session ${collection}`, `Session ${collection} ${idField} ${expiresKey}`]
}

function make(
  connection: Connection,
  name: string,
  options: ResolvedOptions,
  terms: string,
): SessionModel {
  const { Schema } = connection.base
  const fields: Record<string, unknown> = {
    ...options.schema,
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
    // indexes are made explicitly, where their errors can be seen
    autoCreate: false,
    autoIndex: false,
  })
  const model = connection.model(name, schema) as unknown as SessionModel
  Object.defineProperty(model, OURS, { value: terms })
  return model
}

/** Whether the store made it, and has to see to the indexes that its schema declares. */
export function isOurs(model: SessionModel): boolean {
  return OURS in model
}

function checked(model: SessionModel, options: ResolvedOptions): SessionModel {
  const { idField, expiresKey, codec, encryption } = options
  // What a codec gives can be anything
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

function nameTaken(name: string): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_MODEL_NAME',
    `the connection has another model named "${name}": give the store's model another name by the ` +
      "option `modelName`, or hand over the app's by `model`",
  )
}
