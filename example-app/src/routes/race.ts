/** Two requests on one session at once: each keeps what the other has changed. */
import { Router } from 'express'
import { usersOnly } from '../auth.js'
import type { DeliveryService } from '../delivery.js'
import { racePage } from '../pages/race.js'
import { save } from '../session.js'

export function raceRoutes(askForDelivery: DeliveryService): Router {
  const router = Router()
  router.use(usersOnly)

  router.get('/', (req, res) => {
    res.send(racePage(req))
  })

  router.post('/slow', async (req, res) => {
    const loadedAt = new Date()
    delete req.session.delivery // of an earlier run
    await save(req)
    const text = await askForDelivery()
    req.session.delivery = { text, loadedAt, savedAt: new Date() }
    await save(req)
    res.redirect(303, '/race#outcome')
  })

  router.post('/fast', async (req, res) => {
    const now = new Date()
    req.session.wrapping = { text: 'Brown paper and string', loadedAt: now, savedAt: now }
    await save(req)
    res.redirect(303, '/race#fast')
  })

  router.post('/again', async (req, res) => {
    delete req.session.delivery
    delete req.session.wrapping
    await save(req)
    res.redirect(303, '/race')
  })

  return router
}
