/** Sessions in connect, without Express. */
// #region connect
import connect from 'connect'
import type { MongoDBStore } from 'express-mongoose-session'
import session, { type Session, type SessionData } from 'express-session'

// express-session's types know only Express's request
declare module 'node:http' {
  interface IncomingMessage {
    session: Session & Partial<SessionData>
  }
}

export function createApp(store: MongoDBStore, secret: string): connect.Server {
  const app = connect()
  const sessions = session({ store, secret, resave: false, saveUninitialized: false })
  app.use(sessions as unknown as connect.NextHandleFunction)

  app.use('/login', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = req.url?.slice(1) ?? '' // connect has taken `/login` away
      res.end(JSON.stringify({ user: req.session.user }))
    })
  })

  app.use('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.end('{}')))
  })

  app.use('/count', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.end(JSON.stringify({ views: req.session.views, user: req.session.user }))
  })
  return app
}
// #endregion
