/** An Express app on some store, which a later version of it, on another store, takes over. */
import express from 'express'
import session, { type Store } from 'express-session'
import { closedLater } from '../support/server'
import { serve, Visitor } from '../support/visitor'

interface Data {
  user?: string
  cart?: string[]
  loggedInAt?: Date | string
}

export interface Shop {
  newVisitor(): Visitor
  /** The visitor, who now comes to this version: with the cookies of the other. */
  welcome(visitor: Visitor): Visitor
}

/** The same before and after: with another one, nobody's cookie would be good any more. */
export const secret = 'the same before and after'

export function open(store: Store): Promise<Shop> {
  return openWith((app) => {
    const cookie = { maxAge: 600_000 }
    const options = { secret, resave: false, saveUninitialized: false, rolling: true, cookie }
    app.use(session({ ...options, store }))
  })
}

/** `/me` tells who is logged in, and what with; `/login`, `/buy` and `/logout` change it. */
export async function openWith(useSession: (app: express.Express) => void): Promise<Shop> {
  const app = express()
  useSession(app)
  app.get('/me', (req, res) => {
    const { user, cart, loggedInAt } = req.session as Data
    const type = loggedInAt instanceof Date ? 'Date' : typeof loggedInAt
    res.json({ user, cart, loggedInAt, type })
  })
  app.get('/login/:user', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      const data: Data = { user: req.params.user, cart: ['tea'], loggedInAt: new Date() }
      Object.assign(req.session, data)
      res.json({})
    })
  })
  app.get('/buy/:what', (req, res) => {
    const { cart } = req.session as Data
    cart?.push(req.params.what)
    res.json({})
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})))
  })
  app.use(((error: Error & { code?: string }, _req, res, _next) => {
    res.status(500).json({ name: error.name, code: error.code, message: error.message })
  }) as express.ErrorRequestHandler)
  const server = closedLater(await serve(app))
  const newVisitor = () => new Visitor(server.address)
  const welcome = ({ cookie }: Visitor) => Object.assign(newVisitor(), { cookie })
  return { newVisitor, welcome }
}

/** A visitor who has logged in as Ann. */
export async function ann(shop: Shop): Promise<Visitor> {
  const visitor = shop.newVisitor()
  await visitor.json('/login/ann')
  return visitor
}
