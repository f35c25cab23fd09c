/** The sessions of all visitors, live, for administrators. */
import { Router } from 'express'
import { adminsOnly, usersOnly } from '../auth.js'
import { flash } from '../flash.js'
import { field } from '../form.js'
import { endSession, type Overview, sessionsOfAll } from '../live-sessions.js'
import { adminPage, sessionTable } from '../pages/admin.js'
import { type SessionStore, save, withoutVisitor } from '../session.js'
import { tellOfChanges } from '../tell-of-changes.js'
import { User } from '../users.js'

const LIMIT = 100

export function adminRoutes(store: SessionStore): Router {
  const router = Router()
  router.use(usersOnly, adminsOnly)

  router.get('/', async (req, res) => {
    res.send(adminPage(req, await overview(store)))
  })

  /** The part of the page that changes. */
  router.get('/sessions', withoutVisitor, async (req, res) => {
    res.send(sessionTable(req, await overview(store)).toString())
  })

  router.get('/events', withoutVisitor, tellOfChanges)

  router.post('/end', async (req, res) => {
    const isGone = await endSession(store, field(req, 'session'))
    if (isGone) flash(req, 'success', 'That session is over.')
    else flash(req, 'error', 'That session was over already.')
    await save(req)
    res.redirect(303, '/admin')
  })

  return router
}

async function overview(store: SessionStore): Promise<Overview> {
  const [sessions, count] = await Promise.all([sessionsOfAll(store, LIMIT), store.length()])
  const ids = sessions.flatMap(({ userId }) => userId ?? [])
  const users = await User.find({ _id: { $in: ids } }).lean()
  const names = new Map(users.map((user) => [String(user._id), user.name]))
  return { sessions, count, names }
}
