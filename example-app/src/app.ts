/** The app: its middleware and routes, in their order. */
import { fileURLToPath } from 'node:url'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { signedInUser } from './auth.js'
import type { DeliveryService } from './delivery.js'
import { errorPage } from './pages/error.js'
import { IDENTITY, IDENTITY_PATH } from './port-error.js'
import { accountRoutes } from './routes/account.js'
import { adminRoutes } from './routes/admin.js'
import { deviceRoutes } from './routes/devices.js'
import { insideRoutes } from './routes/inside.js'
import { raceRoutes } from './routes/race.js'
import { shopRoutes } from './routes/shop.js'
import { sameOriginOnly } from './same-origin.js'
import { noStore, securityHeaders } from './security.js'
import { type SessionOptions, sessions } from './session.js'
import type { UserOptions } from './users.js'

export interface AppOptions extends SessionOptions, UserOptions {
  askForDelivery: DeliveryService
}

export function createApp({ askForDelivery, ...options }: AppOptions): Express {
  const app = express()
  if (options.https) app.set('trust proxy', 1) // one proxy, which terminates TLS
  app.use(securityHeaders())
  app.use(express.static(fileURLToPath(new URL('../public', import.meta.url)))) // needs no session
  app.get(IDENTITY_PATH, (_req, res) => void res.type('text').send(IDENTITY))
  app.use(noStore)
  app.use(sameOriginOnly)
  app.use(sessions(options))
  app.use(signedInUser)
  app.use(express.urlencoded())

  app.use(shopRoutes())
  app.use(accountRoutes(options))
  app.use('/devices', deviceRoutes(options.store))
  app.use('/race', raceRoutes(askForDelivery))
  app.use('/inside', insideRoutes(options.store))
  app.use('/admin', adminRoutes(options.store))

  app.use((req, res) => {
    res.status(404).send(errorPage(req, 'Not found', 'There is no such page.'))
  })
  app.use(onError)
  return app
}

const onError: ErrorRequestHandler = (error, req, res, next) => {
  const status: number = error.status ?? 500
  if (status >= 500) console.error(error)
  if (res.headersSent) return next(error)
  const text = status < 500 ? `Sorry, ${error.message}.` : 'Please try again later.'
  res.status(status).send(errorPage(req, 'That did not work', text))
}
