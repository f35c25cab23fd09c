/** The routes of a test, added to the app of the guide: Express, and what is made of it. */
import type { Express } from 'express'
import { Gate } from '../support/app'
import { closedLater } from '../support/server'
import { type Listener, serve, Visitor } from '../support/visitor'

export async function servedWithTestRoutes(app: Express, listener: Listener = app) {
  const gate = new Gate()
  app.post('/set/:key/:value', (req, res) => {
    req.session[req.params.key] = req.params.value
    res.json(req.session)
  })
  app.post('/delete/:key', (req, res) => {
    delete req.session[req.params.key]
    res.json(req.session)
  })
  app.post('/slow/set/:key/:value', async (req, res) => {
    await gate.pass()
    req.session[req.params.key] = req.params.value
    res.json(req.session)
  })
  const { address } = closedLater(await serve(listener))
  return { gate, newVisitor: () => new Visitor(address) }
}
