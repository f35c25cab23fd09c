/** The connect app of the guide. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Gate } from '../support/app'
import { closedLater, newStore } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { createApp } from './apps/connect'
import { keepsThePromises, SECRET } from './promises'

keepsThePromises(async () => {
  const store = newStore()
  const app = createApp(store, SECRET)
  const gate = new Gate()
  const set = (req: IncomingMessage, res: ServerResponse) => {
    const [, key, value] = (req.url as string).split('/') as [string, string, string]
    req.session[key] = value
    res.end(JSON.stringify(req.session))
  }
  app.use('/set', set)
  app.use('/slow/set', (req, res) => void gate.pass().then(() => set(req, res)))
  app.use('/delete', (req, res) => {
    delete req.session[(req.url as string).slice(1)]
    res.end(JSON.stringify(req.session))
  })
  const { address } = closedLater(await serve(app))
  return { store, gate, newVisitor: () => new Visitor(address) }
}, '/count')
