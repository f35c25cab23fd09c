/** The session: what it holds, how long it lives, and where it is stored. */
import { createHash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import type { Connection } from 'mongoose'
import { asPromise } from './as-promise.js'
import type { Cart } from './cart.js'
import type { Device } from './device.js'
import type { Flash } from './flash.js'
import type { RaceChoice } from './race-choice.js'

declare module 'express-session' {
  interface SessionData {
    /** Set by Passport: the id of the signed-in user. */
    passport?: { user?: string }
    /** The device of the sign-in, and its time. */
    device?: Device
    cart?: Cart
    flash?: Flash[]
    /** The page to return to after the sign-in. */
    returnTo?: string
    delivery?: RaceChoice
    wrapping?: RaceChoice
  }
}

export type SessionStore = ReturnType<typeof createStore>

/** Stores sessions in the app's own MongoDB, with user and name as fields that queries can use. */
export function createStore(connection: Connection) {
  return new MongoDBStore({
    connection,
    touchAfter: 10_000, // at most one touch is written in ten seconds
    schema: { userId: { type: String, index: true }, name: { type: String, index: true } },
    fields: ({ passport }, sid) => ({ userId: passport?.user, name: publicName(sid) }),
  })
}

/** A name for pages: a hash, since the session id is a secret. */
export function publicName(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}

export interface SessionOptions {
  store: SessionStore
  /** Signs the cookie. The first secret signs, and all are accepted. */
  secret: string[]
  /** How long a session lives after the last request, in milliseconds. */
  maxAge: number
  /** Whether visitors use https, as in production. */
  https: boolean
}

export function sessions({ store, secret, maxAge, https }: SessionOptions): RequestHandler {
  return session({
    store,
    secret,
    name: https ? '__Host-larder' : 'larder', // with this prefix no other host can set the cookie
    resave: false, // an unchanged session is not written
    saveUninitialized: false, // an empty session gets no cookie and no record
    rolling: true, // each request renews maxAge
    cookie: { maxAge, httpOnly: true, sameSite: 'lax', secure: https },
  })
}

/**
 * For requests that a page sends by itself: they do not extend the session.
 */
export const withoutTouch: RequestHandler = (req, _res, next) => {
  // express-session calls this at the end of each request, to renew maxAge
  Object.defineProperty(req.session, 'touch', { value: () => req.session })
  next()
}

/**
 * Writes the session now. express-session writes it when the response ends: a browser that follows
 * a redirect at once may send the next request before that.
 */
export function saveSession(req: Request): Promise<void> {
  return asPromise((done) => req.session.save(done))
}
