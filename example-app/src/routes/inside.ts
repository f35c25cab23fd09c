/** What the store holds for the visitor, by its Mongoose model and by `get`. */
import { Router } from 'express'
import { insidePage } from '../pages/inside.js'
import { nameOf, type SessionStore } from '../session.js'

export function insideRoutes(store: SessionStore): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const [record, session] = await Promise.all([
      store.model.findById(req.sessionID).lean(),
      store.get(req.sessionID),
    ])
    // Who knows the id has the session: a script cannot read it from the cookie, nor from the page
    const _id = `(secret; its hash is ${nameOf(req.sessionID)})`
    res.send(insidePage(req, { record: record && { ...record, _id }, session }))
  })

  return router
}
