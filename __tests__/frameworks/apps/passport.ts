/** Logging in and out by Passport, in Express. */
// #region passport
import express, { type Express } from 'express'
import type { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-local'

declare module 'express-session' {
  interface SessionData {
    basket?: string[]
  }
}

interface User {
  id: string
}

type CheckPassword = (username: string, password: string) => Promise<User | null>

export function createApp(store: MongoDBStore, secret: string, check: CheckPassword): Express {
  passport.use(
    new Strategy((username, password, done) => {
      check(username, password).then((user) => done(null, user ?? false), done)
    }),
  )
  // What the session holds of the user: `session.passport.user`
  passport.serializeUser((user, done) => done(null, (user as User).id))
  passport.deserializeUser((id: string, done) => done(null, { id }))

  const app = express()
  app.use(express.json())
  app.use(session({ store, secret, resave: false, saveUninitialized: false }))
  app.use(passport.session())

  app.get('/', (req, res) => {
    res.json({ user: req.user, basket: req.session.basket ?? [] })
  })
  app.post('/basket/:item', (req, res) => {
    req.session.basket = [...(req.session.basket ?? []), req.params.item]
    res.json({ basket: req.session.basket })
  })

  // Passport regenerates the session at both; `keepSessionInfo` carries its data over to the new one
  app.post('/login', passport.authenticate('local', { keepSessionInfo: true }), (req, res) => {
    res.json({ user: req.user })
  })
  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.json({})))
  })
  return app
}
// #endregion
