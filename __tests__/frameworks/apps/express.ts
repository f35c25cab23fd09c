/** Sessions in Express, version 4 or 5 alike. */
// #region express
import express, { type Express } from 'express'
import type { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    views?: number
    user?: string
  }
}

export function createApp(store: MongoDBStore, secret: string): Express {
  const app = express()
  app.use(
    session({
      store,
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 14 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: 'auto' },
    }),
  )

  app.get('/', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json({ views: req.session.views, user: req.session.user })
  })

  app.post('/login/:user', (req, res, next) => {
    // A new sid: somebody else may know the one from before the login
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = req.params.user
      res.json({ user: req.session.user })
    })
  })

  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => {
      if (error) return next(error)
      res.clearCookie('connect.sid').json({})
    })
  })
  return app
}
// #endregion
