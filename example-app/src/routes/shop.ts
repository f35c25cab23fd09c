/** The shop: a cart in the session, for visitors and users alike. */
import { Router } from 'express'
import { findProduct, withMore } from '../cart.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { shopPage } from '../pages/shop.js'
import { save } from '../session.js'

/** The buttons of the shop, and how many more of the product each puts into the cart. */
const BUTTONS = { add: 1, more: 1, fewer: -1 } as const

export function shopRoutes(): Router {
  const router = Router()

  router.get('/', (req, res) => {
    res.send(shopPage(req))
  })

  for (const [button, more] of Object.entries(BUTTONS)) {
    router.post(`/cart/${button}`, async (req, res) => {
      const product = findProduct(field(req, 'product'))
      if (!product) return res.redirect(303, '/')
      const cart = withMore(req.session.cart ?? {}, product, more)
      req.session.cart = cart
      if (button === 'add') flash(req, 'success', `${product.name} is in your cart.`)
      await save(req)
      // The button that was pressed stays in view and keeps the focus, as long as it is there
      const isThere = button === 'add' || cart[product.id]
      res.redirect(303, isThere ? `/#${button}-${product.id}` : '/#cart')
    })
  }

  return router
}
