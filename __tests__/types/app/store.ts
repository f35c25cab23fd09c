/** The types, right and wrong use in pairs. */
import session from 'express-session'
import mongoose, { type Model } from 'mongoose'

import connect = require('express-mongoose-session')

import {
  type Codec,
  type EncryptionOptions,
  MongoDBStore,
  type MongoDBStoreOptions,
} from 'express-mongoose-session'

interface Visit extends session.SessionData {
  user: string
}

/** Compiled, never run. */
export async function use(): Promise<void> {
  const store = new MongoDBStore<Visit>({ expires: (visit) => visit.user.length * 1000 })
  // @ts-expect-error a session has no such field
  new MongoDBStore<Visit>({ expires: (visit) => visit.nobody })

  const user: string | undefined = (await store.get('sid'))?.user
  // @ts-expect-error there may be no session
  const certain: string = (await store.get('sid')).user

  store.get('sid', (error, visit) => void [error?.message, visit?.user])
  // @ts-expect-error with a callback there is no promise
  store.get('sid', () => {}).then()

  const sessions: (Visit & { id: string })[] = await store.all()
  const count: number = await store.length()
  // @ts-expect-error a number is no text
  const text: string = await store.length()

  const options: MongoDBStoreOptions = { uri: 'mongodb://localhost', touchAfter: '1000' }
  // @ts-expect-error an option that does not exist
  const unknown: MongoDBStoreOptions = { ttl: 5 }
  // @ts-expect-error a value that cannot be
  const impossible: MongoDBStoreOptions = { writes: 'append' }

  const secrets: readonly (string | Uint8Array)[] = ['a', new Uint8Array(32)]
  const encryption: EncryptionOptions = { secrets, allowPlaintext: true }
  const codec: Codec = { encode: (data) => data, decode: (stored) => stored }
  const encrypted: MongoDBStoreOptions = { encryption }
  const coded: MongoDBStoreOptions = { codec }
  const bare: MongoDBStoreOptions = { collection: 'visits' }
  new MongoDBStore({ ...bare, codec })
  new MongoDBStore({ ...bare, encryption })
  new MongoDBStore({ codec: Math.random() < 1 ? codec : undefined })
  new MongoDBStore<Visit>({ encryption: { secrets: 'a' }, expires: (visit) => visit.user.length })
  // @ts-expect-error there is nothing to encrypt with
  new MongoDBStore({ encryption: {} })
  // @ts-expect-error a secret that may be missing
  new MongoDBStore({ encryption: { secrets: process.env.SECRET } })

  const Class = connect(session)
  const constructed: connect.MongoDBStore = new Class(options, (error) => error?.message)
  const started: MongoDBStore = new Class((error) => error?.message)

  const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date })
  new MongoDBStore({ model: mongoose.model('Visit', schema) })
  // @ts-expect-error no model
  new MongoDBStore({ model: 'Visit' })
  new MongoDBStore({ connection: mongoose })
  new MongoDBStore({ connection: mongoose.connection })
  // @ts-expect-error a promise of a connection is none
  new MongoDBStore({ connection: mongoose.connect('') })

  session({ secret: 's', store })
  const model: Model<never> | object = store.model
  class Own extends MongoDBStore<Visit> {}
  new Own(options)
  class Plain extends MongoDBStore {}
  new Plain(options)
  class Generic<T extends session.SessionData> extends MongoDBStore<T> {}
  new Generic<Visit>({ expires: (visit) => visit.user.length })
  void [user, certain, sessions, count, text, unknown, impossible, constructed, started]
  void [model, encrypted, coded]
}
