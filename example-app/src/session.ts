/** The session: what it holds, how long it lives, and where it is stored. */
import { createHash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import type { Connection } from 'mongoose'
import type { Cart } from './cart.js'
import type { Choice } from './choice.js'
import type { Device } from './device.js'
import type { Flash } from './flash.js'
import { asPromise } from './promise.js'

declare module 'express-session' {
  interface SessionData {
    /** Passport's: who has signed in. */
    passport?: { user?: string }
    /** On what they have signed in, and when. */
    device?: Device
    cart?: Cart
    flash?: Flash[]
    /** The page that asked for a sign-in. */
    returnTo?: string
    delivery?: Choice
    wrapping?: Choice
  }
}

export type SessionStore = ReturnType<typeof createStore>

/** Sessions in the app's own MongoDB, each with its user and its name in fields that can be asked for. */
export function createStore(connection: Connection) {
  return new MongoDBStore({
    connection,
    touchAfter: 10_000, // who clicks on and on costs one write in ten seconds
    schema: { userId: { type: String, index: true }, name: { type: String, index: true } },
    fields: ({ passport }, sid) => ({ userId: passport?.user, name: nameOf(sid) }),
  })
}

/** Names a session on pages: as long as one cannot guess the id, one cannot compute it from this. */
export function nameOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}

export interface SessionOptions {
  store: SessionStore
  /** Signs the cookie. Of several secrets the first signs, and all are accepted. */
  secret: string[]
  /** How long a session lives after the last request, in milliseconds. */
  maxAge: number
  /** Whether visitors come by https, as they do in production. */
  https: boolean
}

export function sessions({ store, secret, maxAge, https }: SessionOptions): RequestHandler {
  return session({
    store,
    secret,
    name: https ? '__Host-larder' : 'larder', // this prefix: no other host can set the cookie
    resave: false, // an unchanged session is not written
    saveUninitialized: false, // a visitor of whom nothing is known gets no cookie and no record
    rolling: true, // each request starts maxAge anew
    cookie: { maxAge, httpOnly: true, sameSite: 'lax', secure: https },
  })
}

/**
 * For what a page asks for by itself: that is no sign that somebody is there, and the session is to
 * end when it would have ended.
 */
export const withoutVisitor: RequestHandler = (req, _res, next) => {
  // At the end of each request express-session calls this, to start maxAge anew
  Object.defineProperty(req.session, 'touch', { value: () => req.session })
  next()
}

/**
 * Writes the session now. Without this it is written when the response ends, and a browser that
 * follows a redirect at once could be back before that.
 */
export function save(req: Request): Promise<void> {
  return asPromise((done) => req.session.save(done))
}
