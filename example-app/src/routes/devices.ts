/** "Your devices": every session of the user, to be ended from any of them. */
import { Router } from 'express'
import { userOf, usersOnly } from '../auth.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { endOthers, endSession, sessionsOf } from '../live-sessions.js'
import { devicesPage } from '../pages/devices.js'
import { type SessionStore, save } from '../session.js'

export function deviceRoutes(store: SessionStore): Router {
  const router = Router()
  router.use(usersOnly)

  router.get('/', async (req, res) => {
    res.send(devicesPage(req, await sessionsOf(store, userOf(req).id)))
  })

  router.post('/sign-out', async (req, res) => {
    const isGone = await endSession(store, field(req, 'session'), userOf(req).id)
    if (isGone) flash(req, 'success', 'That device is signed out.')
    else flash(req, 'error', 'That device was signed out already.')
    await save(req)
    res.redirect(303, '/devices')
  })

  router.post('/sign-out-others', async (req, res) => {
    const count = await endOthers(store, userOf(req).id, req.sessionID)
    flash(req, 'success', `Signed out on ${count} other ${count === 1 ? 'device' : 'devices'}.`)
    await save(req)
    res.redirect(303, '/devices')
  })

  return router
}
