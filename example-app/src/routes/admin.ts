/** The sessions of all visitors, live, for administrators. */
import { Router } from 'express'
import { requireAdmin, requireUser } from '../auth.js'
import { changeEvents } from '../change-events.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { allSessions, endSession, type Overview } from '../live-sessions.js'
import { adminPage, sessionTable } from '../pages/admin.js'
import { type SessionStore, saveSession, withoutTouch } from '../session.js'
import { User } from '../users.js'

const LIMIT = 100

export function adminRoutes(store: SessionStore): Router {
  const router = Router()
  router.use(requireUser, requireAdmin)

  router.get('/', async (req, res) => {
    res.send(adminPage(req, await overview(store)))
  })

  /** The part of the page that changes. */
  router.get('/sessions', withoutTouch, async (req, res) => {
    res.send(sessionTable(req, await overview(store)).toString())
  })

  router.get('/events', withoutTouch, changeEvents)

  router.post('/end', async (req, res) => {
    const isGone = await endSession(store, field(req, 'session'))
    if (isGone) flash(req, 'success', 'That session is over.')
    else flash(req, 'error', 'That session was over already.')
    await saveSession(req)
    res.redirect(303, '/admin')
  })

  return router
}

async function overview(store: SessionStore): Promise<Overview> {
  const [sessions, count] = await Promise.all([allSessions(store, LIMIT), store.length()])
  const ids = sessions.flatMap(({ userId }) => userId ?? [])
  const users = await User.find({ _id: { $in: ids } }).lean()
  const names = new Map(users.map((user) => [String(user._id), user.name]))
  return { sessions, count, names }
}
