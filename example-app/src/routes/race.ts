/** Two requests at once on one session: both changes are kept. */
import { Router } from 'express'
import { requireUser } from '../auth.js'
import type { DeliveryService } from '../delivery.js'
import { racePage } from '../pages/race.js'
import { saveSession } from '../session.js'

export function raceRoutes(askForDelivery: DeliveryService): Router {
  const router = Router()
  router.use(requireUser)

  router.get('/', (req, res) => {
    res.send(racePage(req))
  })

  router.post('/slow', async (req, res) => {
    const loadedAt = new Date()
    delete req.session.delivery // from an earlier run
    await saveSession(req)
    const text = await askForDelivery()
    req.session.delivery = { text, loadedAt, savedAt: new Date() }
    await saveSession(req)
    res.redirect(303, '/race#outcome')
  })

  router.post('/fast', async (req, res) => {
    const now = new Date()
    req.session.wrapping = { text: 'Brown paper and string', loadedAt: now, savedAt: now }
    await saveSession(req)
    res.redirect(303, '/race#fast')
  })

  router.post('/again', async (req, res) => {
    delete req.session.delivery
    delete req.session.wrapping
    await saveSession(req)
    res.redirect(303, '/race')
  })

  return router
}
