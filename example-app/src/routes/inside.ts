/** Reads the visitor's session by the store's Mongoose model and by `get`. */
import { Router } from 'express'
import { insidePage } from '../pages/inside.js'
import { publicName, type SessionStore } from '../session.js'

export function insideRoutes(store: SessionStore): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const [record, session] = await Promise.all([
      store.model.findById(store.idOf(req.sessionID)).lean(),
      store.get(req.sessionID),
    ])
    // The id gives access to the session: scripts can read it neither in the cookie nor on the page
    const _id = `(secret; its hash is ${publicName(req.sessionID)})`
    res.send(insidePage(req, { record: record && { ...record, _id }, session }))
  })

  return router
}
