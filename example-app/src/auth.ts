/** Authentication by email and password, with Passport. */
import type { Request, RequestHandler, Response } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-local'
import { asPromise } from './as-promise.js'
import { parseDevice } from './device.js'
import { flash } from './flash.js'
import { field, passwordField } from './form.js'
import { saveSession } from './session.js'
import { findUserByPassword, User, type UserDocument } from './users.js'

declare global {
  namespace Express {
    interface User extends UserDocument {}
  }
}

passport.use(
  new Strategy({ usernameField: 'email' }, (email, password, done) => {
    findUserByPassword(email, password).then((user) => done(null, user ?? false), done)
  }),
)
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => {
  User.findById(id).then((user) => done(null, user ?? false), done)
})

/** Sets `req.user` from the session. */
export const signedInUser: RequestHandler = passport.session()

/** The user with the form's email and password, or false. */
export async function authenticate(req: Request, res: Response): Promise<Express.User | false> {
  // passport-local would accept them in the query too, which logs keep
  if (!field(req, 'email') || !passwordField(req)) return false
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, user: Express.User | false) =>
      error ? reject(error) : resolve(user)
    passport.authenticate('local', answer)(req, res, reject)
  })
}

/**
 * Passport calls `regenerate`: the session gets a new id, against session fixation. The cart is kept.
 */
export async function signIn(req: Request, user: Express.User): Promise<void> {
  const { cart } = req.session
  await asPromise((done) => req.logIn(user, done))
  req.session.cart = cart
  req.session.device = parseDevice(req.get('User-Agent'))
  await saveSession(req)
}

/** Destroys the session with its data; an empty one takes its place. */
export function signOut(req: Request): Promise<void> {
  return asPromise((done) => req.session.regenerate(done))
}

/** Redirects to the sign-in form, and from there back to the page. */
export const requireUser: RequestHandler = async (req, res, next) => {
  if (req.user) return next()
  if (!isNavigation(req)) {
    return next(Object.assign(new Error('this is for who has signed in'), { status: 401 }))
  }
  if (req.method === 'GET' && isLocalPath(req.originalUrl)) req.session.returnTo = req.originalUrl
  flash(req, 'error', 'Please sign in first.')
  await saveSession(req)
  res.redirect(303, '/sign-in')
}

/** Whether the browser shows the response as a page: not for scripts and event streams. */
function isNavigation(req: Request): boolean {
  const mode = req.get('Sec-Fetch-Mode') ?? 'navigate' // browsers send it to https and localhost
  return mode === 'navigate' && /\btext\/html\b/.test(req.get('Accept') ?? '')
}

/** False for `http://host/` and `//host/`, which lead to other sites. */
function isLocalPath(address: string): boolean {
  return /^\/(?![/\\])/.test(address)
}

export const requireAdmin: RequestHandler = (req, _res, next) => {
  if (req.user?.role === 'admin') return next()
  next(Object.assign(new Error('this page is for administrators'), { status: 403 }))
}

/** The signed-in user; for routes after `requireUser`. */
export function currentUser(req: Request): Express.User {
  if (!req.user) throw new Error('requireUser is missing before this route')
  return req.user
}
