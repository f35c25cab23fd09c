/** Who is signed in: Passport, with email and password. */
import type { Request, RequestHandler, Response } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-local'
import { deviceOf } from './device.js'
import { flash } from './flash.js'
import { field, passwordField } from './form.js'
import { asPromise } from './promise.js'
import { save } from './session.js'
import { User, type UserDocument, userWith } from './users.js'

declare global {
  namespace Express {
    interface User extends UserDocument {}
  }
}

passport.use(
  new Strategy({ usernameField: 'email' }, (email, password, done) => {
    userWith(email, password).then((user) => done(null, user ?? false), done)
  }),
)
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => {
  User.findById(id).then((user) => done(null, user ?? false), done)
})

/** Sets `req.user` from the session. */
export const signedInUser: RequestHandler = passport.session()

/** The user whose email and password the form holds, or false. */
export async function authenticate(req: Request, res: Response): Promise<Express.User | false> {
  // In the address, where logs would keep them, passport-local would look as well
  if (!field(req, 'email') || !passwordField(req)) return false
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, user: Express.User | false) =>
      error ? reject(error) : resolve(user)
    passport.authenticate('local', answer)(req, res, reject)
  })
}

/**
 * Passport calls `regenerate`: the session gets a new id, so that one which somebody planted in the
 * browser before is worth nothing. What the visitor is to keep is taken along.
 */
export async function signIn(req: Request, user: Express.User): Promise<void> {
  const { cart } = req.session
  await asPromise((done) => req.logIn(user, done))
  req.session.cart = cart
  req.session.device = deviceOf(req.get('User-Agent'))
  await save(req)
}

/** Removes the session, with all it holds; an empty one takes its place. */
export function signOut(req: Request): Promise<void> {
  return asPromise((done) => req.session.regenerate(done))
}

/** Sends who has not signed in to the form, and from there back to the page. */
export const usersOnly: RequestHandler = async (req, res, next) => {
  if (req.user) return next()
  if (!isVisit(req)) {
    return next(Object.assign(new Error('this is for who has signed in'), { status: 401 }))
  }
  if (req.method === 'GET' && isOwnPath(req.originalUrl)) req.session.returnTo = req.originalUrl
  flash(req, 'error', 'Please sign in first.')
  await save(req)
  res.redirect(303, '/sign-in')
}

/** Whether the browser shows the answer as a page: what scripts and event streams ask for is none. */
function isVisit(req: Request): boolean {
  const mode = req.get('Sec-Fetch-Mode') ?? 'navigate' // browsers send it to https and localhost
  return mode === 'navigate' && /\btext\/html\b/.test(req.get('Accept') ?? '')
}

/** Neither `http://host/` nor `//host/`, which lead elsewhere. */
function isOwnPath(address: string): boolean {
  return /^\/(?![/\\])/.test(address)
}

export const adminsOnly: RequestHandler = (req, _res, next) => {
  if (req.user?.role === 'admin') return next()
  next(Object.assign(new Error('this page is for administrators'), { status: 403 }))
}

/** The user, behind `usersOnly`. */
export function userOf(req: Request): Express.User {
  if (!req.user) throw new Error('usersOnly is missing before this route')
  return req.user
}
