/** The forms in which the store is compared with what it promises. */
import { randomBytes } from 'node:crypto'
import { type Connection, Schema } from 'mongoose'
import { ownerOf } from './filter'
import type { Writes } from './reference'

import connect = require('../../../src')

type Options = connect.MongoDBStoreOptions

export interface Form {
  /** How it writes, as the reference has to. */
  readonly writes: Writes
  readonly touchAfter?: number
  options(connection: Connection): Options
}

const uniqueName = () => `model_${randomBytes(6).toString('hex')}`

/** In milliseconds: some touches move the expiry by less. */
const TOUCH_AFTER = 40_000

const form = (writes: Writes, options: Options = {}): Form => ({
  writes,
  touchAfter: Number(options.touchAfter ?? 0),
  options: (connection) => ({
    connection,
    collection: uniqueName(),
    schema: { owner: Number },
    // A touch that is answered before it is written is not seen by the other process
    awaitTouch: true,
    ...options,
  }),
})

/** The simplest first: a counterexample is shrunk towards it. */
export const FORMS = {
  'not batched': form('merge', { batch: false }),
  batched: form('merge'),
  'batched by two': form('merge', { batch: { maxSize: 2 } }),
  'with another idField': form('merge', { idField: 'sid', expiresKey: 'endsAt' }),
  'with touchAfter': form('merge', { touchAfter: TOUCH_AFTER }),
  'writing whole sessions': form('replace', { writes: 'replace' }),
  'with a codec': form('opaque', {
    codec: {
      // As ciphertexts do, no two differ in nothing
      encode: async (session) => JSON.stringify([randomBytes(6).toString('hex'), session]),
      decode: async (stored) => JSON.parse(stored as string)[1],
    },
  }),
  encrypted: form('opaque', { encryption: { secrets: 'a secret of more than 32 characters' } }),
  'through Mongoose': {
    writes: 'merge',
    options: (connection) => ({ model: modelWithMiddleware(connection), awaitTouch: true }),
  },
} satisfies Record<string, Form>

export type FormName = keyof typeof FORMS

export const FORM_NAMES = Object.keys(FORMS) as FormName[]

/** Two stores on the same records, as in two processes. */
export function twoStores(name: FormName, connection: Connection) {
  const options: Options = {
    ...FORMS[name].options(connection),
    fields: (session) => ({ owner: ownerOf(session as never) }),
    createIndexes: false,
    autoRemove: 'disabled',
  }
  return [new connect.MongoDBStore(options), new connect.MongoDBStore(options)] as const
}

function modelWithMiddleware(connection: Connection): NonNullable<Options['model']> {
  const schema = new Schema(
    { _id: String, session: {}, expires: Date, owner: Number },
    { minimize: false, versionKey: false, collection: uniqueName() },
  )
  schema.pre(['findOne', 'updateOne', 'deleteOne'], () => {})
  return connection.model(uniqueName(), schema) as unknown as NonNullable<Options['model']>
}
