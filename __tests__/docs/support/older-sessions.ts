/** Sessions from before an app had `fields`: of this store in each of its forms, and of the others. */
import session from 'express-session'
import {
  connectMongoClosedLater,
  connectMongoDBSessionClosedLater,
} from '../../support/other-stores'
import { newStore, type Options } from '../../support/server'
import { pageUri } from './examples'

const secrets = 'a secret of more than 32 characters'
const json = {
  encode: (session: object) => JSON.stringify(session),
  decode: (stored: unknown) => JSON.parse(stored as string),
}

/** What all of them can do. */
interface Writer {
  set(sid: string, data: object): Promise<void>
}

interface Form {
  /** What a server has to be able to. */
  readonly needs?: string
  /** What the store has to be told from then on. */
  readonly options?: Options
  open(collection: string): Writer
}

const ours = (options: Options): Form => ({
  options,
  open: (collection) => {
    const store = newStore({ uri: pageUri, ...options, collection })
    return { set: (sid, data) => store.set(sid, data as never) }
  },
})

/** Its types do not know of what it takes. */
const Cookie = session.Cookie as unknown as new (options: object) => session.Cookie

/** @param open makes a store of express-session's kind */
const theirs = (open: (collection: string) => session.Store): Form => ({
  needs: 'ttlIndex',
  open: (collection) => {
    const store = open(collection)
    return {
      set: (sid, data) =>
        new Promise((resolve, reject) => {
          const { cookie, ...others } = data as { cookie: session.CookieOptions }
          const live = { ...others, cookie: new Cookie(cookie) }
          // It knows of ends by `maxAge` alone
          if (cookie.expires) live.cookie.expires = cookie.expires as Date
          store.set(sid, live as never, (error) => (error ? reject(error) : resolve()))
        }),
    }
  },
})

export const FORMS: Record<string, Form> = {
  'as they are': ours({}),
  encrypted: ours({ encryption: { secrets } }),
  'by a codec': ours({ codec: json }),
  'by connect-mongodb-session': theirs((collection) => {
    const store = new (require('connect-mongodb-session')(session))({ uri: pageUri, collection })
    return connectMongoDBSessionClosedLater(store)
  }),
  'by connect-mongo, as JSON strings': theirs((collectionName) => {
    const { MongoStore } = require('connect-mongo')
    return connectMongoClosedLater(MongoStore.create({ mongoUrl: pageUri, collectionName }))
  }),
  'by connect-mongo, with `stringify: false`': theirs((collectionName) => {
    const { MongoStore } = require('connect-mongo')
    return connectMongoClosedLater(
      MongoStore.create({ mongoUrl: pageUri, collectionName, stringify: false }),
    )
  }),
}
