/** The app, as a function of its session store, so that tests can mount it. */
import { fileURLToPath } from 'node:url'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from 'express'
import type { MongoDBStore } from 'express-mongoose-session'
import { type Cart, findProduct, type Product, withOneMore, without } from './cart.js'
import { sameOriginOnly } from './same-origin.js'
import { COOKIE_NAME, destroy, regenerate, save, sessions } from './session.js'
import { errorPage, type Shop, sessionPage, shopPage } from './views.js'

export interface AppOptions {
  store: MongoDBStore
  secret: string | string[]
}

export function createApp({ store, secret }: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.static(fileURLToPath(new URL('../public', import.meta.url)))) // needs no session
  app.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store') // after signing out, Back shows nothing
    res.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'")
    next()
  })
  app.use(sameOriginOnly)
  app.use(sessions({ store, secret }))
  app.use(express.urlencoded())

  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.send(shopPage(shopOf(req)))
  })

  app.post('/sign-in', async (req, res) => {
    const name = field(req, 'name')
    if (name === '' || name.length > 50) {
      const nameError = 'A name has 1 to 50 characters.'
      res.status(422).send(shopPage({ ...shopOf(req), nameError }))
      return
    }
    // A new id, so that one which somebody planted before is worth nothing; the cart comes along
    const { visits, cart } = shopOf(req)
    await regenerate(req)
    req.session.user = { name, since: new Date() }
    req.session.visits = visits
    req.session.cart = cart
    await save(req)
    res.redirect(303, '/')
  })

  app.post('/sign-out', async (req, res) => {
    await destroy(req)
    res.clearCookie(COOKIE_NAME)
    res.redirect(303, '/')
  })

  app.post('/cart/add', (req, res) => changeCart(req, res, withOneMore))
  app.post('/cart/remove', (req, res) => changeCart(req, res, without))

  app.get('/session', async (req, res) => {
    const [record, session, count] = await Promise.all([
      store.model.findById(req.sessionID).lean(),
      store.get(req.sessionID),
      store.length(),
    ])
    res.send(sessionPage({ record: record && withoutId(record), session, count }))
  })

  app.use((_req, res) => {
    res.status(404).send(errorPage('Not found', 'There is no such page.'))
  })
  app.use(onError)
  return app
}

function shopOf({ session }: Request): Shop {
  return { user: session.user, visits: session.visits ?? 0, cart: session.cart ?? {} }
}

async function changeCart(
  req: Request,
  res: Response,
  change: (cart: Cart, product: Product) => Cart,
): Promise<void> {
  const product = findProduct(field(req, 'product'))
  if (product) {
    req.session.cart = change(req.session.cart ?? {}, product)
    await save(req)
  }
  res.redirect(303, '/')
}

/** A field of the form, or an empty string. */
function field(req: Request, name: string): string {
  const value: unknown = req.body?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** Who knows the id has the session: a script cannot read it from the cookie, nor from the page. */
function withoutId<R extends { _id: string }>(record: R): R {
  return { ...record, _id: `${record._id.slice(0, 4)}… (in your cookie)` }
}

const onError: ErrorRequestHandler = (error, _req, res, next) => {
  const status: number = error.status ?? 500
  if (status >= 500) console.error(error)
  if (res.headersSent) return next(error)
  const text =
    status < 500 ? `The request was refused: ${error.message}.` : 'Please try again later.'
  res.status(status).send(errorPage('That did not work', text))
}
