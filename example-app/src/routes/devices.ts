/** "Your devices": lists the user's sessions, and signs them out. */
import { Router } from 'express'
import { currentUser, requireUser } from '../auth.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { endOtherSessions, endSession, userSessions } from '../live-sessions.js'
import { devicesPage } from '../pages/devices.js'
import { type SessionStore, saveSession, withoutTouch } from '../session.js'
import { sessionEnd } from '../session-end.js'

export function deviceRoutes(store: SessionStore): Router {
  const router = Router()
  router.use(requireUser)

  router.get('/', async (req, res) => {
    res.send(devicesPage(req, await userSessions(store, currentUser(req).id)))
  })

  router.get('/events', withoutTouch, sessionEnd(store))

  router.post('/sign-out', async (req, res) => {
    const isGone = await endSession(store, field(req, 'session'), currentUser(req).id)
    if (isGone) flash(req, 'success', 'That device is signed out.')
    else flash(req, 'error', 'That device was signed out already.')
    await saveSession(req)
    res.redirect(303, '/devices')
  })

  router.post('/sign-out-others', async (req, res) => {
    const count = await endOtherSessions(store, currentUser(req).id, req.sessionID)
    flash(req, 'success', `Signed out on ${count} other ${count === 1 ? 'device' : 'devices'}.`)
    await saveSession(req)
    res.redirect(303, '/devices')
  })

  return router
}
