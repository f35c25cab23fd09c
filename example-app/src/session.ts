/** The session: what it holds, how long it lives, and its methods as promises. */
import type { Request, RequestHandler } from 'express'
import session, { type Store } from 'express-session'
import type { Cart } from './cart.js'

declare module 'express-session' {
  interface SessionData {
    user: { name: string; since: Date }
    visits: number
    cart: Cart
  }
}

export const COOKIE_NAME = 'shop.sid'
const DAY = 24 * 60 * 60 * 1000

export interface SessionOptions {
  store: Store
  /** Signs the cookie. Of several secrets the first signs, and all are accepted. */
  secret: string | string[]
}

export function sessions({ store, secret }: SessionOptions): RequestHandler {
  return session({
    store,
    secret,
    name: COOKIE_NAME,
    resave: false, // an unchanged session is not written
    saveUninitialized: false, // a visitor of whom nothing is known gets no cookie and no record
    cookie: { maxAge: 7 * DAY, httpOnly: true, sameSite: 'lax', secure: 'auto' },
  })
}

/** Gives the visitor an empty session with a new id; `req.session` is another object afterwards. */
export function regenerate(req: Request): Promise<void> {
  return asPromise((done) => req.session.regenerate(done))
}

/**
 * Writes the session now. Without this it is written when the response ends, and a browser that
 * follows a redirect at once could be back before that.
 */
export function save(req: Request): Promise<void> {
  return asPromise((done) => req.session.save(done))
}

/** Removes the session from the store. */
export function destroy(req: Request): Promise<void> {
  return asPromise((done) => req.session.destroy(done))
}

function asPromise(work: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()))
  })
}
