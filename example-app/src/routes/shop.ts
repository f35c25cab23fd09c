/** The shop: a cart in the session, for visitors and users alike. */
import { Router } from 'express'
import { changeQuantity, findProduct } from '../cart.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { shopPage } from '../pages/shop.js'
import { saveSession } from '../session.js'

/** The shop's buttons, and how each changes the quantity. */
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
      const cart = changeQuantity(req.session.cart ?? {}, product, more)
      req.session.cart = cart
      if (button === 'add') flash(req, 'success', `${product.name} is in your cart.`)
      await saveSession(req)
      // The pressed button keeps the focus, if it is still on the page
      const isThere = button === 'add' || cart[product.id]
      res.redirect(303, isThere ? `/#${button}-${product.id}` : '/#cart')
    })
  }

  return router
}
