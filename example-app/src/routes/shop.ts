/** The shop: a cart in the session, for visitors and users alike. */
import { type Request, type Response, Router } from 'express'
import { findProduct, withMore } from '../cart.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { shopPage } from '../pages/shop.js'
import { save } from '../session.js'

export function shopRoutes(): Router {
  const router = Router()

  router.get('/', (req, res) => {
    res.send(shopPage(req))
  })

  router.post('/cart/add', async (req, res) => {
    const product = changeCart(req, 1)
    if (product) flash(req, 'success', `${product.name} is in your cart.`)
    await backToShop(req, res)
  })

  router.post('/cart/more', async (req, res) => {
    changeCart(req, 1)
    await backToShop(req, res)
  })

  router.post('/cart/fewer', async (req, res) => {
    changeCart(req, -1)
    await backToShop(req, res)
  })

  return router
}

function changeCart(req: Request, more: number) {
  const product = findProduct(field(req, 'product'))
  if (product) req.session.cart = withMore(req.session.cart ?? {}, product, more)
  return product
}

async function backToShop(req: Request, res: Response): Promise<void> {
  await save(req)
  res.redirect(303, '/')
}
